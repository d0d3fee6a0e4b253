def cost(trace):
    rows = list(trace)
    if rows[-1]["what"] == "request":
        rows.pop()
    size = sum(row["bytes"] for row in rows)
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in rows)
    delivered = sum(row["messages"] for row in rows if row["arrived"])
    return size / delivered, requests / delivered
