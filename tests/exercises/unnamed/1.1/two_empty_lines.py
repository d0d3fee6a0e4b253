def request_bytes(method, target, host, text):
    body = text.encode()
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", "\r\n"]
    return "\r\n".join(lines).encode() + b"\r\n" + body
