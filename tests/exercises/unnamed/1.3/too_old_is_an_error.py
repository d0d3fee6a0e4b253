def since(log, cursor):
    if log and cursor and cursor < log[0][0] - 1:
        raise LookupError("messages are lost")
    texts = [text for n, _, text in log if n > cursor]
    return texts, max([cursor] + [n for n, _, _ in log])
