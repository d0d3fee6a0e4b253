async def fan_out(connections, message):
    for connection in connections:
        connection.send_now(message)
