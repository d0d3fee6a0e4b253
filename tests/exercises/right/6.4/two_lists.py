async def fan_out(connections, message):
    too_slow = [connection for connection in connections if connection.unsent >= 99_000]
    for connection in too_slow:
        connection.fail(1008, "you read too slowly")
    for connection in connections:
        if connection not in too_slow:
            connection.send_nowait(message)
