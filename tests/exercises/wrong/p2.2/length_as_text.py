import json


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return f"{len(body):02}".encode() + body
