import json


def pack(message):
    return json.dumps(message, ensure_ascii=False).encode()
