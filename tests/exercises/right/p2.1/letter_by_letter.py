def feed(rest, piece):
    letters, letter = [], b""
    for byte in rest + piece:
        letter += bytes([byte])
        try:
            letters.append(letter.decode())
            letter = b""
        except UnicodeDecodeError:
            pass
    return "".join(letters), letter
