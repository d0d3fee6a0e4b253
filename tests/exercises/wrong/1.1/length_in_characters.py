def request_bytes(method, target, host, text):
    length = f"Content-Length: {len(text)}\r\n" if text else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n{text}".encode()
