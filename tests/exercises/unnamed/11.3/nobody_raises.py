import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        try:
            if name in members:
                await members[name].send(message)
        except Exception:
            failed.append(name)

    await asyncio.wait([asyncio.create_task(one(n)) for n in list(members)])
    return failed
