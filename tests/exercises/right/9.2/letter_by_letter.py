import json


class NoPacket(ValueError):
    pass


def decode(message):
    if len(message) < 2 or message[1] not in "01234":
        raise NoPacket(message)
    kind, at = message[1], 2
    namespace = "/"
    if at < len(message) and message[at] == "/":
        end = at
        while end < len(message) and message[end] != ",":
            end += 1
        namespace = message[at:end]
        at = end + 1
    begin = at
    while at < len(message) and message[at] in "0123456789":
        at += 1
    id = int(message[begin:at]) if at > begin else None
    data = None
    if at < len(message):
        data = json.loads(message[at:])
    if kind == "2" and not (type(data) is list and len(data) > 0 and type(data[0]) is str):
        raise NoPacket("an event is an array with a name")
    if kind == "3" and type(data) is not list:
        raise NoPacket("an answer is an array")
    if kind == "0" and data is not None and type(data) is not dict:
        raise NoPacket("an object or nothing")
    if kind == "1" and data is not None:
        raise NoPacket("nothing")
    if kind == "4" and type(data) not in (dict, str):
        raise NoPacket("an object or a text")
    return [kind, data, namespace, id]
