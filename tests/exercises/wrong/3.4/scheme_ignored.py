def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return origin.split("://")[-1] in [allowed.split("://")[-1] for allowed in allow]
