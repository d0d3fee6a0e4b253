def since(log, cursor):
    newest = log[-1][0] if log else cursor
    fresh = min(max(newest - cursor, 0), len(log))
    return [entry[2] for entry in log[len(log) - fresh :]], newest
