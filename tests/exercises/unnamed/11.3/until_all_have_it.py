async def broadcast(members, message):
    failed, done = [], set()
    while left := [name for name in members if name not in done]:
        name = left[0]
        done.add(name)
        try:
            await members[name].send(message)
        except Exception:
            failed.append(name)
    return failed
