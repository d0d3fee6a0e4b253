def since(log, cursor):
    texts = [text for number, _, text in log if number > cursor]
    return texts, max((number for number, _, _ in log), default=0)
