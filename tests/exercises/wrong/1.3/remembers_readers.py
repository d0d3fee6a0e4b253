given_out = 0


def since(log, cursor):
    global given_out
    news = [(number, text) for number, _, text in log if number > given_out]
    if news:
        given_out = news[-1][0]
    return [text for _, text in news], given_out
