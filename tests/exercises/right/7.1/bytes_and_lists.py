import binascii


def encode(packets):
    body = b""
    for number, (digit, data) in enumerate(packets):
        if number:
            body += b"\x1e"
        if type(data) is str:
            body += f"{digit}{data}".encode()
        else:
            body += b"b" + binascii.b2a_base64(data).strip()
    return body


def one(part):
    if part[:1] == b"b":
        return ["4", binascii.a2b_base64(part[1:], strict_mode=True)]
    if part[:1] not in {b"0", b"1", b"2", b"3", b"4", b"5", b"6"}:
        raise ValueError("no packet")
    text = part.decode()
    return [text[0], text[1:]]


def decode(body):
    found = []
    try:
        for part in body.split(b"\x1e"):
            found += [one(part)]
    except (ValueError, binascii.Error):
        pass
    return found
