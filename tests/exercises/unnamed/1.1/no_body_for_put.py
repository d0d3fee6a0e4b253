def request_bytes(method, target, host, text):
    body = text.encode("utf-8") if method == "POST" else b""
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
    if method == "POST":
        head += f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n").encode("ascii") + body
