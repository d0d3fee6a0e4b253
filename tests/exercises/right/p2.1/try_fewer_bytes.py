def feed(rest, piece):
    data = rest + piece
    for end in range(len(data), -1, -1):
        try:
            return str(data[:end], "utf-8"), data[end:]
        except UnicodeDecodeError:
            continue
