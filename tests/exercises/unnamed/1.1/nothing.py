def request_bytes(method, target, host, text):
    return b""
