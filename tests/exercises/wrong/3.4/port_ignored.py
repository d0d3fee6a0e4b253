from urllib.parse import urlsplit


def name(origin):
    return urlsplit(origin).scheme, urlsplit(origin).hostname


def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return name(origin) in [name(allowed) for allowed in allow]
