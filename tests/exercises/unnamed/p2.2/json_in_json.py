import json


def pack(message):
    text = json.dumps(message, ensure_ascii=False)
    body = json.dumps(text, ensure_ascii=False).encode()
    return len(body).to_bytes(2, "big") + body
