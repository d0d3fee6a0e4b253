def request_bytes(method, target, host, text):
    head = f"{method} {target} HTTP/1.1\r\nhOST:{host}\r\n"
    if not text:
        return f"{head}\r\n".encode()
    body = text.encode()
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk
