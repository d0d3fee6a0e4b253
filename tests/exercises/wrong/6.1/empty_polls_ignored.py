def cost(trace):
    useful = []
    for row in trace:
        if row["what"] == "answer" and not row["messages"]:
            useful.pop()  # the question
        else:
            useful.append(row)
    trace = useful
    total = sum(row["bytes"] for row in trace)
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return total / delivered, requests / delivered
