import json
import re


def decode(message):
    found = re.fullmatch(r"4(\d)(?:(/[^,]*),?)?(\d*)(.*)", message, re.DOTALL)
    if not found:
        raise ValueError(message)
    kind, namespace, number, rest = found.groups()
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
    return kind, data, namespace or "/", int(number or 0) or None
