BAD = 400


def route(method, query, sessions):
    sid = query.get("sid") or None
    kind = query.get("transport")
    known = sid in sessions
    old = query.get("EIO") != "4"
    rows = [
        (kind != "polling" and kind != "websocket", 0),
        (sid and not known, 1),
        (not sid and method != "GET", 2),
        ("websocket" in (kind, sessions.get(sid)), 3),
        (old and known, 3),
        (old, 5),
    ]
    for wrong, code in rows:
        if wrong:
            return (BAD, code)
    return "session" if known else "open"
