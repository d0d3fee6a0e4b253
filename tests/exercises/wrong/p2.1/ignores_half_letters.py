def feed(rest, piece):
    return (rest + piece).decode("utf-8", "ignore"), b""
