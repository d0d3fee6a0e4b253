def cost(trace):
    size = sum(row["bytes"] for row in trace)
    asked = sum(row["what"] == "answer" for row in trace)
    asked += sum(row["what"] == "handshake" and row["way"] == "up" for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return size / delivered, asked / delivered
