async def fan_out(connections, message):
    pass
