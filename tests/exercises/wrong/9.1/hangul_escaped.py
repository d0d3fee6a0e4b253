import json


def encode(kind, data, namespace, id):
    body = "" if data is None else json.dumps(data, separators=(",", ":"))
    place = "" if namespace == "/" else namespace + ","
    return "4" + kind + place + ("" if id is None else str(id)) + body
