import asyncio


async def broadcast(members, message):
    async def one(name):
        if name in members:
            await members[name].send(message)

    await asyncio.gather(*(one(n) for n in list(members)), return_exceptions=True)
    return []
