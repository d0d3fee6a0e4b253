import json


def encode(kind, data, namespace, id):
    text = "4" + kind
    if id is not None:
        text += str(id)
    if namespace != "/":
        text += namespace + ","
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
