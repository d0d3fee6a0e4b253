def origin_allowed(origin, host, allow):
    if not origin:
        return True
    if allow is None:
        return origin in ("http://" + host, "https://" + host)
    return origin in allow
