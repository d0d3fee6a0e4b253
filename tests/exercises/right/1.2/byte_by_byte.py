import email.parser


async def read_response(reader):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += await reader.read(1)
    first, _, lines = head.decode("latin-1").partition("\r\n")
    headers = email.parser.Parser().parsestr(lines, headersonly=True)
    body = b""
    while len(body) < int(headers["content-length"]):
        body += await reader.read(int(headers["content-length"]) - len(body))
    return int(first.split(" ")[1]), body
