async def fan_out(connections, message):
    connections[0].send_nowait(message)
