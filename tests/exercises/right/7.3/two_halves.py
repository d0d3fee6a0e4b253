def refuse(code):
    return [400, code]


def route(method, query, sessions):
    if query.get("transport", "") not in {"polling", "websocket"}:
        return refuse(0)
    plain = query["transport"] == "polling"
    version = query.get("EIO") == "4"
    if "sid" in query:
        try:
            mine = sessions[query["sid"]]
        except KeyError:
            return refuse(1)
        return "session" if plain and version and mine == "polling" else refuse(3)
    if method != "GET":
        return refuse(2)
    if not plain:
        return refuse(3)
    return "open" if version else refuse(5)
