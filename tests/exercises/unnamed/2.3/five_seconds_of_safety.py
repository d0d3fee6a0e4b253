def choose_hold(patiences):
    return max(min(patiences) - 5, 0)


def understand(status, body, cursor):
    if status != 200:
        return [], cursor, 1
    texts = body.decode().split("\n")[:-1]
    return texts, cursor + len(texts), 0
