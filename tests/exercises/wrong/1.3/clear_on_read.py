def since(log, cursor):
    texts = [text for number, _, text in log if number > cursor]
    cursor = log[-1][0] if log else cursor
    log.clear()
    return texts, cursor
