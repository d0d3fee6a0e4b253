import asyncio


async def broadcast(members, message):
    async def one(name):
        if name in members:
            await members[name].send(message)

    async with asyncio.TaskGroup() as group:
        for name in list(members):
            group.create_task(one(name))
    return []
