import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        if name not in members:
            return
        try:
            await asyncio.wait_for(members[name].send(message), 10)
        except Exception:
            failed.append(name)

    await asyncio.gather(*(one(name) for name in list(members)))
    return failed
