def next_step(failure):
    if failure["seconds"] < failure["limit"] and "refused" not in failure["what"]:
        return "wait"
    if failure["what"].startswith("websocket") and "5" not in failure["packets"]:
        return "poll"
    return "new"
