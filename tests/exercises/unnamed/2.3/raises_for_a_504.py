def choose_hold(patiences):
    return min(patiences) - 1


def understand(status, body, cursor):
    if status != 200:
        raise OSError(f"the proxy says {status}")
    messages = body.decode().split("\n")[:-1]
    return messages, cursor + len(messages), 0
