def choose_hold(patiences):
    return min(patiences) * 0.8


def understand(status, body, cursor):
    texts = body.decode().split("\n")[:-1]
    return texts, cursor + len(texts), 0.0 if status == 200 else 1.0
