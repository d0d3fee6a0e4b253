import json


def encode(kind, data, namespace, id):
    text = f"4{kind}"
    if namespace != "/":
        text += f"{namespace},"
    if id is not None:
        text += f"{id}"
    if data:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
