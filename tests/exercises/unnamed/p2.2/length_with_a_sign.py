import json
import struct


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return struct.pack(">h", len(body)) + body
