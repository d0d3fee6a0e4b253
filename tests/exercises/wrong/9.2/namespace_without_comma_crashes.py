import json
import re


def decode(message):
    kind, rest = message[1:2], message[2:]
    namespace, id = "/", None
    if rest.startswith("/"):
        comma = rest.index(",")
        namespace, rest = rest[:comma], rest[comma + 1 :]
    digits = re.match("[0-9]*", rest).group()
    if digits:
        id = int(digits)
    rest = rest[len(digits) :]
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
    return kind, data, namespace, id
