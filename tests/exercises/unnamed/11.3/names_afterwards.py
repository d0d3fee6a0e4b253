import asyncio


async def broadcast(members, message):
    results = await asyncio.gather(
        *(m.send(message) for m in members.values()), return_exceptions=True
    )
    return [n for n, r in zip(members, results, strict=False) if isinstance(r, Exception)]
