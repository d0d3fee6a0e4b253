import io


def request_bytes(method, target, host, text):
    out = io.BytesIO()
    body = bytes(text, "utf-8")
    out.write(b"%s %s HTTP/1.1\r\n" % (method.encode(), target.encode()))
    out.write(b"content-length: %d\r\nCONNECTION: keep-alive\r\n" % len(body))
    out.write(b"hOST:" + host.encode() + b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
    out.write(body)
    return out.getvalue()
