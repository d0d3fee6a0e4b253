def feed(rest, piece):
    return (rest + piece).decode(errors="surrogateescape"), b""
