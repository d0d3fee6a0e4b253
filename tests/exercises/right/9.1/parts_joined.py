import json

JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encode(kind, data, namespace, id):
    place = "" if namespace == "/" else namespace + ","
    number = "" if id is None else id
    body = "" if data is None else JSON.encode(data)
    return f"4{kind}{place}{number}{body}"
