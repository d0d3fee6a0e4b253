def pack(message):
    body = str(message).encode()
    return len(body).to_bytes(2, "big") + body
