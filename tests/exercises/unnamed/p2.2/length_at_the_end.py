import json
import struct


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return body + struct.pack(">H", len(body))
