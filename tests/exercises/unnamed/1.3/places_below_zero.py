def since(log, cursor):
    if log:
        oldest, newest = log[0][0], log[-1][0]
        return [text for _, _, text in log[cursor - oldest + 1 :]], newest
    return [], cursor
