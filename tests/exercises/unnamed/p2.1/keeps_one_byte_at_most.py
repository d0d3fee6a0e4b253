def feed(rest, piece):
    data = rest + piece
    try:
        return data.decode(), b""
    except UnicodeDecodeError:
        return data[:-1].decode(), data[-1:]
