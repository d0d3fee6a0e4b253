import json


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return (2 + len(body)).to_bytes(2, "big") + body
