import json


def encode(kind, data, namespace, id):
    return "4" + json.dumps({"type": kind, "nsp": namespace, "id": id, "data": data})
