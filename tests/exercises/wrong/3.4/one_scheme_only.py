def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    return origin == f"http://{host}" if allow is None else origin in allow
