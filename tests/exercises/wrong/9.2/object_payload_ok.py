import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    if kind not in ("0", "1", "2", "3", "4"):
        raise ValueError("unknown type")
    namespace, digits = "/", ""
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    while rest and rest[0].isdigit():
        digits += rest[0]
        rest = rest[1:]
    data = json.loads(rest) if rest else None
    return kind, data, namespace, int(digits) if digits else None
