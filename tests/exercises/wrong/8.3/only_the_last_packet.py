def next_step(failure):
    transport, how = failure["what"].split()
    if how == "silent" and failure["seconds"] < failure["limit"]:
        return "wait"
    packets = failure["packets"]
    if transport == "websocket" and (not packets or packets[-1] != "5"):
        return "poll"
    return "new"
