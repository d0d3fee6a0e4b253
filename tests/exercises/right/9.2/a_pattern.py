import json
import re

HEAD = re.compile(r"4([0-4])(?:(/[^,]*)(?:,|$))?([0-9]+)?")


def decode(message):
    head = HEAD.match(message)
    if head is None:
        raise ValueError("no packet")
    kind, namespace, number = head.groups()
    rest = message[head.end() :]
    data = None
    if rest != "":
        data = json.loads(rest)
        if data is None:
            raise ValueError("null is no data")
    match kind, data:
        case "0", None | {}:
            pass
        case "1", None:
            pass
        case "2", [str(), *_]:
            pass
        case "3", [*_]:
            pass
        case "4", {} | str():
            pass
        case _:
            raise ValueError("wrong data")
    return kind, data, namespace or "/", None if number is None else int(number)
