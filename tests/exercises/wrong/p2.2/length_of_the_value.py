import json


def pack(message):
    length = len(message)
    return length.to_bytes(2, "big") + json.dumps(message, ensure_ascii=False).encode()
