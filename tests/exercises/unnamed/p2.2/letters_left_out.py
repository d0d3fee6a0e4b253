import json


def pack(message):
    body = json.dumps(message, ensure_ascii=False).encode("ascii", errors="ignore")
    return len(body).to_bytes(2, "big") + body
