def since(log, cursor):
    log.reverse()
    news = [(number, text) for number, _, text in log if number > cursor]
    return [text for _, text in news[::-1]], max([cursor, *(number for number, _ in news)])
