LIMIT = 2_000


async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent + len(message.encode()) > LIMIT:
            connection.fail(1013, "too slow")
        else:
            connection.send_nowait(message)
