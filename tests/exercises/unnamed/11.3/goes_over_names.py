import asyncio


async def broadcast(members, message):
    failed = []

    async def one(member):
        try:
            await member.send(message)
        except Exception:
            failed.append(member)

    await asyncio.gather(*(one(m) for m in list(members)))
    return failed
