def next_step(failure):
    if failure["what"].startswith("polling") or "5" in failure["packets"]:
        return "new"
    return "poll"
