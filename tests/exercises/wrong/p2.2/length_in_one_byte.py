import json


def pack(message):
    body = bytes(json.dumps(message, ensure_ascii=False), "utf-8")
    return bytes([len(body)]) + body
