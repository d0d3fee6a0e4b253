async def broadcast(members, message):
    failed = []
    for name in members:
        try:
            await members[name].send(message)
        except Exception:
            failed.append(name)
    return failed
