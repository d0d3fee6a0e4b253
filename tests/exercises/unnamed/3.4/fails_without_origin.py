def origin_allowed(origin, host, allow):
    if origin.startswith("null"):
        return False
    return origin in ([f"http://{host}", f"https://{host}"] if allow is None else allow)
