def next_step(failure):
    what = failure["what"]
    if what.endswith("silent") and 2 * failure["seconds"] < failure["limit"]:
        return "wait"
    if what.startswith("websocket") and "5" not in failure["packets"]:
        return "poll"
    return "new"
