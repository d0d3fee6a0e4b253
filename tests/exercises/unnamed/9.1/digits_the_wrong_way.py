import json


def encode(kind, data, namespace, id):
    text = kind + "4"
    if namespace != "/":
        text += namespace + ","
    if id is not None:
        text += str(id)
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
