def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if not allow:
        return origin in ("http://" + host, "https://" + host)
    return origin in allow
