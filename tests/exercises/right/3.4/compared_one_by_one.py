def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is not None:
        return any(origin == listed for listed in allow)
    scheme, _, rest = origin.partition("://")
    return scheme in ("http", "https") and rest == host
