def next_step(failure):
    what = failure["what"]
    if what.endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    if what.startswith("websocket") and "5" not in "".join(failure["packets"]):
        return "poll"
    return "new"
