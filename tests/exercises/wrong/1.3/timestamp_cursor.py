def since(log, cursor):
    news = [(at, text) for _, at, text in log if at > cursor]
    return [text for _, text in news], news[-1][0] if news else cursor
