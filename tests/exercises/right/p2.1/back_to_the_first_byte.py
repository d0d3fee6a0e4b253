def feed(rest, piece):
    data = rest + piece
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0b1100_0000 != 0b1000_0000:  # here a letter begins
            size = 1 + (byte >= 0b1100_0000) + (byte >= 0b1110_0000) + (byte >= 0b1111_0000)
            if size > back:
                return data[:-back].decode(), data[-back:]
            break
    return data.decode(), b""
