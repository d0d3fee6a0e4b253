async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent > 99_000:
            connection.fail(1006, "too slow")
        else:
            connection.send_nowait(message)
