def next_step(failure):
    if failure["what"].endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    if "5" in failure["packets"]:
        return "new"
    return "poll"
