def request_bytes(method, target, host, text):
    body = text.encode()
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}"
    if body:
        head += f"Content-Length: {len(body)}"
    return (head + "\r\n\r\n").encode() + body
