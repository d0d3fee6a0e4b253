from json import JSONEncoder


def pack(message):
    body = JSONEncoder(ensure_ascii=False, indent=1).encode(message).encode()
    high, low = divmod(len(body), 256)
    return b"".join([bytes([high, low]), body])
