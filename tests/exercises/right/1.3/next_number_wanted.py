def since(log, cursor):
    """Here the cursor is the first number that the reader has not got."""
    texts = []
    for number, _, text in log:
        if number >= cursor:
            texts.append(text)
            cursor = number + 1
    return texts, cursor
