def feed(rest, piece):
    data = rest + piece
    at = 0
    while at < len(data):
        first = data[at]
        if first < 0x80:
            size = 1
        elif first < 0xF0:
            size = 3
        else:
            size = 4
        if at + size > len(data):
            break
        at += size
    return data[:at].decode(), data[at:]
