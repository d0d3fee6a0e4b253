def choose_hold(patiences):
    return min(patiences) * 0.75


def understand(status, body, cursor):
    if status >= 400:
        return [], cursor, 5
    messages = body.decode("utf-8").split("\n")
    messages.pop()
    return messages, cursor + len(messages), 0
