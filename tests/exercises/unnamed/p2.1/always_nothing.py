def feed(rest, piece):
    return "", b""
