def feed(rest, piece):
    return str(rest + piece, "latin-1"), b""
