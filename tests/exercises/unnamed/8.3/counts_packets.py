def next_step(failure):
    what = failure["what"]
    upgraded = len(failure["packets"]) > 2
    if what == "polling refused" or what == "polling cut":
        return "new"
    if what == "websocket refused":
        return "poll"
    if what.endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    if what == "polling silent":
        return "new"
    return "new" if upgraded else "poll"
