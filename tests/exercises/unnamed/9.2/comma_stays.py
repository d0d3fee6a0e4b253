import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    namespace, digits = "/", ""
    if rest.startswith("/"):
        end = rest.find(",") + 1 or len(rest)
        namespace, rest = rest[:end], rest[end:]
    while rest[:1].isdigit():
        digits, rest = digits + rest[0], rest[1:]
    data = json.loads(rest) if rest else None
    good = {
        "0": data is None or isinstance(data, dict),
        "1": data is None,
        "2": isinstance(data, list) and data and isinstance(data[0], str),
        "3": isinstance(data, list),
        "4": isinstance(data, (dict, str)),
    }
    if not good.get(kind):
        raise ValueError(message)
    return kind, data, namespace, int(digits) if digits else None
