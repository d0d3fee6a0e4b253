def request_bytes(method, target, host, text):
    body = text.encode("ascii", "replace")
    line = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{line}\r\n".encode() + body
