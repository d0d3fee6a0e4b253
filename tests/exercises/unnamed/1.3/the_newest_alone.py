def since(log, cursor):
    if not log or log[-1][0] <= cursor:
        return [], cursor
    return [log[-1][2]], log[-1][0]
