def request_bytes(method, target, host, text):
    body = text.encode()
    length = f"Content-Length: {len(body)}\n" if body else ""
    return f"{method} {target} HTTP/1.1\nHost: {host}\n{length}\n".encode() + body
