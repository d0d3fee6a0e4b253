def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    if origin not in allow:
        raise PermissionError(origin)
    return True
