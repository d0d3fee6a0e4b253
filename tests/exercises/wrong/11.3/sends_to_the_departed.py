import asyncio


async def broadcast(members, message):
    names = list(members)
    sends = [members[name].send(message) for name in names]
    results = await asyncio.gather(*sends, return_exceptions=True)
    return [name for name, got in zip(names, results, strict=True) if isinstance(got, Exception)]
