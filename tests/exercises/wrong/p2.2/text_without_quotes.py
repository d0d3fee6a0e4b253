import json


def pack(message):
    text = message if type(message) is str else json.dumps(message, ensure_ascii=False)
    data = text.encode()
    return len(data).to_bytes(2, "big") + data
