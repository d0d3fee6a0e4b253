import json


def encode(kind, data, namespace, id):
    text = "4" + kind
    if namespace != "/":
        text += namespace + ","
    if id is not None:
        text += id
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
