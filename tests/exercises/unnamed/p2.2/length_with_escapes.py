import json


def pack(message):
    length = len(json.dumps(message)).to_bytes(2, "big")
    return length + json.dumps(message, ensure_ascii=False).encode()
