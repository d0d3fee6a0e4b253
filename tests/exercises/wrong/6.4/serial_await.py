async def fan_out(connections, message):
    for connection in connections:
        await connection.send(message)
