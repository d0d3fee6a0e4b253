import json


def encode(kind, data, namespace, id):
    text = "4" + kind
    if namespace != "/":
        text += namespace + ","
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    if id is not None:
        text += str(id)
    return text
