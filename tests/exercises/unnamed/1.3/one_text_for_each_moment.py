def since(log, cursor):
    news = {}
    for number, time, text in log:
        if number > cursor:
            news[time] = text
            cursor = number
    return [news[time] for time in sorted(news)], cursor
