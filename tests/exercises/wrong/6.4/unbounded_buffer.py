async def fan_out(connections, message):
    for connection in connections:
        connection.send_nowait(message)
