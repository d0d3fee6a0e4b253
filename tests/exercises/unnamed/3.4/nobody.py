def origin_allowed(origin, host, allow):
    return False
