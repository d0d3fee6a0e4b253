def since(log, cursor):
    texts = [text for n, _, text in log if n > cursor]
    return (log[-1][0] if log else cursor), texts
