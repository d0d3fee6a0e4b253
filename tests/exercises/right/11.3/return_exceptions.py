import asyncio


async def broadcast(members, message):
    names = tuple(members)

    async def to(name):
        if name in members:
            await members[name].send(message)

    results = await asyncio.gather(*map(to, names), return_exceptions=True)
    return {name for name, result in zip(names, results, strict=True) if result is not None}
