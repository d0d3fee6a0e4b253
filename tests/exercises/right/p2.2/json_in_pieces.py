import json


def pack(message):
    body = bytearray()
    for part in json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(message):
        body += part.encode()
    body += b"\n"
    return bytearray([len(body) >> 8, len(body) & 255]) + body
