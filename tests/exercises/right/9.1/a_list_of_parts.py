from json import dumps


def encode(kind, data, namespace, id):
    parts = ["4", kind]
    if len(namespace) > 1:
        parts.extend([namespace, ","])
    if isinstance(id, int):
        parts.append(repr(id))
    if data is not None:
        parts.append(dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return "".join(parts)
