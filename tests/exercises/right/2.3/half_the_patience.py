def choose_hold(patiences):
    shortest = float("inf")
    for patience in patiences:
        if patience < shortest:
            shortest = patience
    return shortest / 2


def understand(status, body, cursor):
    texts = str(body, "utf-8").split("\n")[:-1] if status == 200 else []
    return texts, cursor + len(texts), 0.0 if status == 200 else 0.5
