def request_bytes(method, target, host, text):
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n".encode()
    body = text.encode()
    if not body:
        return head + b"\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % (len(head) + len(body)) + body
