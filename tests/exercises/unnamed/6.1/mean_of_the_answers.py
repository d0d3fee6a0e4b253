def cost(trace):
    costs, size, asked, counts = [], 0, 0, []
    for row in trace:
        size += row["bytes"]
        asked += row["way"] == "up" and row["what"] in ("request", "handshake")
        if row["messages"] and row["arrived"]:
            costs.append(size / row["messages"])
            counts.append(asked / row["messages"])
            size, asked = 0, 0
    return sum(costs) / len(costs), sum(counts) / len(counts)
