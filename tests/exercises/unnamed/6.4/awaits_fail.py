async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent > 99_000:
            await connection.fail(1013, "too slow")
        else:
            connection.send_nowait(message)
