import json


def decode(message):
    rest = message.lstrip("4")
    kind, rest = rest[:1], rest[1:]
    if kind not in ("0", "1", "2", "3", "4"):
        raise ValueError("type")
    namespace = "/"
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    i = 0
    while i < len(rest) and rest[i] in "0123456789":
        i += 1
    id = int(rest[:i]) if i else None
    rest = rest[i:]
    data = json.loads(rest) if rest else None
    if kind == "0":
        ok = data is None or isinstance(data, dict)
    elif kind == "1":
        ok = data is None
    elif kind == "2":
        ok = isinstance(data, list) and data and isinstance(data[0], str)
    elif kind == "3":
        ok = isinstance(data, list)
    else:
        ok = isinstance(data, (dict, str))
    if not ok:
        raise ValueError("data")
    return kind, data, namespace, id
