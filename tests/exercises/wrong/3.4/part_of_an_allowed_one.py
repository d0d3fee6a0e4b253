def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    allow = allow if allow is not None else [f"http://{host}", f"https://{host}"]
    return origin in " ".join(allow)
