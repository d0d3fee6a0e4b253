def since(log, cursor):
    news = [(number, text) for number, _, text in log if number >= cursor]
    return [text for _, text in news], news[-1][0] if news else cursor
