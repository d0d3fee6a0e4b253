import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    body = ""
    if "[" in rest:
        at = rest.index("[")
        rest, body = rest[:at], rest[at:]
    namespace, id = "/", None
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    if digits:
        id = int(digits)
    data = json.loads(body) if body else None
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
