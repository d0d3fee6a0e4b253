import re


async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode()
    length = re.search(r"content-length:\s*(\d+)", head, re.IGNORECASE)
    return int(head.split()[1]), await reader.read_exactly(int(length[1]))
