import json


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return bytes([len(body) // 255, len(body) % 255]) + body
