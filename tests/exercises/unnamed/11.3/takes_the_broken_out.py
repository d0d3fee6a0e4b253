import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        try:
            if name in members:
                await members[name].send(message)
        except Exception:
            failed.append(name)

    await asyncio.gather(*(one(n) for n in list(members)))
    for name in failed:
        members.pop(name, None)
    return failed
