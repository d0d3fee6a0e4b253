def origin_allowed(origin, host, allow):
    if origin is None or allow is None:
        return True
    return origin in allow
