import json


def encode(kind, data, namespace, id):
    text = f"4{kind}"
    if namespace != "/":
        text += f"{namespace},"
    if id:
        text += f"{id}"
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
