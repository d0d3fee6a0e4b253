import asyncio

tasks = set()


async def broadcast(members, message):
    failed = []

    async def one(name):
        if name in members:
            try:
                await members[name].send(message)
            except Exception:
                failed.append(name)

    for name in list(members):
        tasks.add(asyncio.create_task(one(name)))
    await asyncio.sleep(0)
    return failed
