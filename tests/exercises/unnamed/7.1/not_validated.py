import base64


def encode(packets):
    parts = []
    for digit, data in packets:
        if isinstance(data, bytes):
            parts.append("b" + base64.b64encode(data).decode())
        else:
            parts.append(digit + data)
    return "\x1e".join(parts).encode()


def decode(body):
    packets = []
    for part in body.decode().split("\x1e"):
        if part.startswith("b"):
            try:
                packets.append(("4", base64.b64decode(part[1:])))
            except ValueError:
                break
        elif part and part[0] in "0123456":
            packets.append((part[0], part[1:]))
        else:
            break
    return packets
