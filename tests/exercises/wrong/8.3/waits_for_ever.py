def next_step(failure):
    what, packets = failure["what"], failure["packets"]
    if "silent" in what:
        return "wait"
    return "poll" if "websocket" in what and "5" not in packets else "new"
