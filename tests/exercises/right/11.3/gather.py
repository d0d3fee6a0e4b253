import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        if name not in members:
            return
        try:
            await members[name].send(message)
        except Exception:
            failed.append(name)

    await asyncio.gather(*[one(name) for name in list(members)])
    return failed
