def route(method, query, sessions):
    transport = query.get("transport")
    sid = query.get("sid")
    if transport not in ("polling", "websocket"):
        return 400, 0
    if sid is not None and sid not in sessions:
        return 400, 1
    if sid is None and method != "GET":
        return 400, 2
    if transport == "websocket" or sessions.get(sid) == "websocket":
        return 400, 3
    if int(query.get("EIO", 0)) != 4:
        return 400, 3 if sid else 5
    return "session" if sid else "open"
