import json


def pack(message):
    body = json.dumps(message).encode().decode("unicode-escape").encode()
    return len(body).to_bytes(2, "big") + body
