import json


def pack(message):
    text = json.dumps(message, ensure_ascii=False)
    return len(text).to_bytes(2, "big") + text.encode()
