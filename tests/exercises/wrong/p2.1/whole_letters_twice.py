def feed(rest, piece):
    data = rest + piece
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        return data[: error.start].decode(), data
