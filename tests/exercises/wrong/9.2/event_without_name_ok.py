import json


def decode(message):
    kind, rest = message[1:2], message[2:]
    namespace, digits = "/", ""
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    while rest and rest[0].isdigit():
        digits += rest[0]
        rest = rest[1:]
    data = json.loads(rest) if rest else None
    allowed = {
        "0": (dict, type(None)),
        "1": (type(None),),
        "2": (list,),
        "3": (list,),
        "4": (dict, str),
    }
    if kind not in allowed or not isinstance(data, allowed[kind]):
        raise ValueError("not this data")
    return kind, data, namespace, int(digits) if digits else None
