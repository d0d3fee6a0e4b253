def verify(status, headers, key, asked):
    if status != 101:
        raise ValueError(f"the status is {status}")
    return headers.get("sec-websocket-protocol")
