from urllib.parse import urlsplit


def origin_allowed(origin, host, allow):
    if not origin:
        return True
    parts = urlsplit(origin)
    if allow is None:
        return parts.scheme in {"http", "https"} and parts.netloc == host
    return (parts.scheme, parts.netloc) in [
        (one.scheme, one.netloc) for one in map(urlsplit, allow) if one.scheme
    ]
