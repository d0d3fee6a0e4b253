def since(log, cursor):
    texts = []
    for number, _time, text in log:
        if number > cursor:
            texts.append(text)
    cursor += len(texts)
    return texts, cursor
