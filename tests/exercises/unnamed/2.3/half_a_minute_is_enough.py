def choose_hold(patiences):
    return min(30, min(patiences) - 2)


def understand(status, body, cursor):
    if status == 200:
        messages = body.decode().split("\n")[:-1]
        return messages, cursor + len(messages), 0
    return [], cursor, 0.5
