def choose_hold(patiences):
    return 25.0


def understand(status, body, cursor):
    if status != 200:
        return [], cursor, 1.0
    texts = body.decode().split("\n")[:-1]
    return texts, cursor + len(texts), 0.0
