async def fan_out(connections, message):
    total = sum(connection.unsent for connection in connections)
    for connection in connections:
        if total > 100_000 and connection.unsent:
            connection.fail(1013, "too slow")
        else:
            connection.send_nowait(message)
