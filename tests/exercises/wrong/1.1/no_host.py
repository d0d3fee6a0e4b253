def request_bytes(method, target, host, text):
    body = text.encode()
    return f"{method} {target} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
