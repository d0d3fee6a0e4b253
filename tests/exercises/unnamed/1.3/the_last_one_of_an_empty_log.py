def since(log, cursor):
    new = list(filter(lambda entry: entry[0] > cursor, log))
    return [text for _, _, text in new], log[-1][0]
