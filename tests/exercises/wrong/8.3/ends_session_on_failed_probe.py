def next_step(failure):
    if "silent" in failure["what"] and failure["seconds"] < failure["limit"]:
        return "wait"
    if failure["what"] == "websocket refused":
        return "poll"
    return "new"
