def next_step(failure):
    what = failure["what"]
    upgraded = "5" in failure["packets"]
    if what == "polling refused" or what == "polling cut":
        return "new"
    if what == "websocket refused":
        return "poll"
    if what.endswith("silent") and failure["seconds"] < 10.0:
        return "wait"
    if what == "polling silent":
        return "new"
    return "new" if upgraded else "poll"
