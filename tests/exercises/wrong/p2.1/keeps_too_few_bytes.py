def feed(rest, piece):
    data = rest + piece
    if data and data[-1] >= 0b1100_0000:  # a letter begins with the last byte
        return data[:-1].decode(), data[-1:]
    return data.decode(), b""
