def choose_hold(patiences):
    return (min(patiences) - 1) / 2


def understand(status, body, cursor):
    texts = body.decode().split("\n")[:-1] if status == 200 else []
    return texts, cursor + len(texts), 0 if status == 200 else 10
