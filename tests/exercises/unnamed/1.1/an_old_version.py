def request_bytes(method, target, host, text):
    return f"{method} {target} HTTP/1.0\r\n\r\n{text}".encode()
