def since(log, cursor):
    return [text for _, _, text in log], len(log)
