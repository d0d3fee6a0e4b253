async def fan_out(connections, message):
    for c in connections:
        if c.unsent > 100_000:
            c.fail(1013, "too slow")
            return
        c.send_nowait(message)
