import json


def encode(kind, data, namespace, id):
    body = "" if data is None else json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    place = "" if namespace == "/" else namespace + ","
    number = "" if id is None else str(id)
    return f"4{kind}{place}{number}{body}".encode()
