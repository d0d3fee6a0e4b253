TEMPLATE = """\
{method} {target} HTTP/1.1
Host: {host}
Content-Length: {length}

{text}"""


def request_bytes(method, target, host, text):
    length = len(text.encode("utf-8"))
    filled = TEMPLATE.format(method=method, target=target, host=host, length=length, text=text)
    return filled.replace("\n", "\r\n").encode("utf-8")
