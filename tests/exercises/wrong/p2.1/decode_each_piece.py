def feed(rest, piece):
    return piece.decode(), b""
