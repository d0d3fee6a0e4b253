async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent + len(message.encode()) <= 100_000:
            connection.send_nowait(message)
