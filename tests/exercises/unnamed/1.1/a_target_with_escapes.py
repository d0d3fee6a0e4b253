from urllib.parse import quote


def request_bytes(method, target, host, text):
    body = text.encode("utf-8")
    head = [f"{method} {quote(target)} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body
