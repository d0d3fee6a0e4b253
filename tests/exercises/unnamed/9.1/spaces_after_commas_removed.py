import json


def encode(kind, data, namespace, id):
    text = "4" + kind
    if namespace != "/":
        text += namespace + ","
    if id is not None:
        text += str(id)
    if data is not None:
        text += json.dumps(data, ensure_ascii=False).replace(", ", ",").replace(": ", ":")
    return text
