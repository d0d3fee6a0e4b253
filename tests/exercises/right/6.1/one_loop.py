def cost(trace):
    size = requests = messages = 0
    for row in trace:
        size += row["bytes"]
        requests += row["what"] in ("request", "handshake") and row["way"] == "up"
        if row["arrived"]:
            messages += row["messages"]
    return size / messages, requests / messages
