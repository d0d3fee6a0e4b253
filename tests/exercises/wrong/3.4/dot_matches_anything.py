import re


def origin_allowed(origin, host, allow):
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return any(bool(re.fullmatch(one, origin)) for one in allow)
