def since(log, cursor):
    for i, (number, _, _) in enumerate(log):
        if number == cursor:
            return [t for _, _, t in log[i + 1 :]], log[-1][0]
    return [t for _, _, t in log], log[-1][0] if log else cursor
