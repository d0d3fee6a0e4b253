def feed(rest, piece):
    data = rest + piece
    try:
        return data.decode(), b""
    except UnicodeDecodeError:
        return "", data
