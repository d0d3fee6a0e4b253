def choose_hold(patiences):
    return min(patiences) - 1


def understand(status, body, cursor):
    if status == 504:
        return [], cursor, 1
    texts = body.decode().split("\n")[:-1]
    return texts, cursor + len(texts), 0
