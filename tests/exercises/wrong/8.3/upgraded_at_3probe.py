def next_step(failure):
    transport, how = failure["what"].split()
    if how == "silent" and failure["seconds"] < failure["limit"]:
        return "wait"
    if transport == "websocket" and "3probe" not in failure["packets"]:
        return "poll"
    return "new"
