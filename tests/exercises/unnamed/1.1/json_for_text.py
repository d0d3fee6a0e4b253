import json


def request_bytes(method, target, host, text):
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
    if text == "":
        return (head + "\r\n").encode()
    body = json.dumps(text).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
