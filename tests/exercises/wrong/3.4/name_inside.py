def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return any(allowed.split("://")[1] in origin for allowed in allow)
