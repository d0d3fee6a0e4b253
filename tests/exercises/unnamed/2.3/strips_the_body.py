def choose_hold(patiences):
    return min(patiences) - 2


def understand(status, body, cursor):
    if status != 200:
        return [], cursor, 3
    text = body.decode().strip()
    messages = text.split("\n") if text else []
    return messages, cursor + len(messages), 0
