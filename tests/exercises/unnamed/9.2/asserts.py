import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    namespace, digits = "/", ""
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    while rest[:1].isdigit():
        digits, rest = digits + rest[0], rest[1:]
    data = json.loads(rest) if rest else None
    assert kind in ("0", "1", "2", "3", "4")
    assert kind != "0" or data is None or isinstance(data, dict)
    assert kind != "1" or data is None
    assert kind != "2" or (isinstance(data, list) and data and isinstance(data[0], str))
    assert kind != "3" or isinstance(data, list)
    assert kind != "4" or isinstance(data, (dict, str))
    return kind, data, namespace, int(digits) if digits else None
