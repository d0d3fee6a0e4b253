import json
import struct


def pack(message):
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    data = bytes(text, "utf-8")
    return struct.pack(f"!H{len(data)}s", len(data), data)
