import json


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return len(body).to_bytes(4, "big") + body
