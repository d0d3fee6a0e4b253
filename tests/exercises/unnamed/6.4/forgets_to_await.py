async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent > 100_000:
            connection.fail(1013, "too slow")
        else:
            connection.send(message)
