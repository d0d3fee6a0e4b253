def since(log, cursor):
    texts = []
    for number, _, text in log:
        if number > cursor and text not in texts:
            texts.append(text)
    newest = log[-1][0] if log else cursor
    return texts, newest
