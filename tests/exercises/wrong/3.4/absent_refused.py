def origin_allowed(origin, host, allow):
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return origin in allow
