async def fan_out(connections, message):
    if any(connection.unsent > 100_000 for connection in connections):
        for connection in connections:
            connection.fail(1013, "too slow")
        return
    for connection in connections:
        connection.send_nowait(message)
