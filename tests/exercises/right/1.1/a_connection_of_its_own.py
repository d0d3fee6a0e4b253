class Request:
    def __call__(self, method, target, host, text):
        body = bytes(text, "utf-8")
        lines = [f"{method} {target} HTTP/1.1", "Connection: close", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, f"Host: {host}", "", ""]).encode("ascii") + body


request_bytes = Request()
