import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    if kind == "" or kind not in "01234":
        raise ValueError("type")
    namespace = "/"
    if "," in rest:
        namespace, rest = rest.split(",", 1)
    digits = ""
    while rest[:1].isdigit():
        digits, rest = digits + rest[0], rest[1:]
    if rest.startswith("/"):
        namespace, rest = rest, ""
    data = json.loads(rest) if rest else None
    check(kind, data)
    return kind, data, namespace, int(digits) if digits else None


def check(kind, data):
    if kind == "0" and data is not None and not isinstance(data, dict):
        raise ValueError
    if kind == "1" and data is not None:
        raise ValueError
    if kind == "2" and not (isinstance(data, list) and data and isinstance(data[0], str)):
        raise ValueError
    if kind == "3" and not isinstance(data, list):
        raise ValueError
    if kind == "4" and not isinstance(data, (dict, str)):
        raise ValueError
