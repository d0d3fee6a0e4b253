def since(log, cursor):
    news = [entry for entry in log if entry[0] > cursor]
    return news, news[-1][0] if news else cursor
