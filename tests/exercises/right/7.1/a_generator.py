import base64
import re


def encode(packets):
    def text(packet):
        digit, data = packet
        try:
            return digit + data
        except TypeError:
            return f"b{base64.standard_b64encode(data).decode('ascii')}"

    return bytes("\x1e".join(map(text, packets)), "utf-8")


def decode(body):
    def read():
        for part in str(body, "utf-8").split("\x1e"):
            if found := re.fullmatch("([0-6])(.*)", part, re.DOTALL):
                yield found[1], found[2]
            elif part.startswith("b"):
                try:
                    yield "4", base64.b64decode(part[1:], validate=True)
                except ValueError:
                    return
            else:
                return

    return tuple(read())
