def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        return origin.endswith(host)
    return any(origin.endswith(allowed.split("://")[1]) for allowed in allow)
