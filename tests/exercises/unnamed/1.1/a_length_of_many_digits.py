def request_bytes(method, target, host, text):
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {'9' * 5000}\r\n\r\n"
    return head.encode() + text.encode()
