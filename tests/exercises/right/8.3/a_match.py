def next_step(failure):
    transport, how = failure["what"].split()
    if how == "silent" and not failure["seconds"] >= failure["limit"]:
        return "wait"
    match transport, failure["packets"]:
        case "polling", _:
            return "new"
        case _, ["2probe", "3probe", "5", *_]:
            return "new"
    return "poll"
