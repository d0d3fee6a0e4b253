def feed(rest, piece):
    data = rest + piece
    text = data.decode(errors="ignore")
    return text, data[len(text) :]
