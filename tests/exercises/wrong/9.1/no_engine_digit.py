import json


def encode(kind, data, namespace, id):
    place = f"{namespace}," if namespace != "/" else ""
    number = str(id) if id is not None else ""
    body = ""
    if data is not None:
        body = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return kind + place + number + body
