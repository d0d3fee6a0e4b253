import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        try:
            await members[name].send(message)
        except Exception:
            failed.append(name)

    await asyncio.gather(*(one(n) for n in list(members)))
    return failed
