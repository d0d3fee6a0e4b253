def next_step(failure):
    if failure["what"].endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    return "poll" if failure["what"].startswith("websocket") else "new"
