import asyncio


async def broadcast(members, message):
    names = list(members)
    sends = [members[name].send(message) for name in names]
    results = await asyncio.gather(*sends, return_exceptions=True)
    return [name for name, result in zip(names, results) if isinstance(result, Exception)]
