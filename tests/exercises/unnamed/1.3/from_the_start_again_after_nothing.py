def since(log, cursor):
    news = [(number, text) for number, _, text in log if number > cursor]
    return [text for _, text in news], max((number for number, _ in news), default=0)
