def feed(rest, piece):
    data = rest + piece
    for kept in range(4):
        try:
            text = data[: len(data) - kept].decode()
        except UnicodeDecodeError:
            continue
        return text, str(data[len(data) - kept :]) if kept else ""
