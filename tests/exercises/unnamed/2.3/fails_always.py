def choose_hold(patiences):
    return min(patiences) - 1


def understand(status, body, cursor):
    raise ValueError(body)
