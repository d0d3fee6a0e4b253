def verify(status, headers, key, asked):
    return headers.get("sec-websocket-protocol")
