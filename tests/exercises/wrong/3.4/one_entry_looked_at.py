def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    for one in allow:
        return origin == one
    return False
