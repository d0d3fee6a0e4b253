def request_bytes(method, target, host, text):
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n{text}".encode()
