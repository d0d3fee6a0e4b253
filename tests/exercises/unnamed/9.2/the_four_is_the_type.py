import json


def decode(message):
    kind, rest = message[0], message[1:]
    namespace, digits = "/", ""
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
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
