def next_step(failure):
    what = failure["what"]
    if what.endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    if what.startswith("websocket") and failure["packets"].index("5") < 0:
        return "poll"
    return "new"
