def choose_hold(patiences):
    return min(patiences) * 0.8


def understand(status, body, cursor):
    if status != 200:
        return [], cursor, 1.0
    texts = body.decode().split("\n")
    return texts, cursor + len(texts), 0.0
