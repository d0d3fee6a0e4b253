import asyncio


async def broadcast(members, message):
    async def send(name):
        """The error, or None."""
        try:
            if member := members.get(name):
                await member.send(message)
        except Exception as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(send(name)) for name in members}
    return [name for name, task in tasks.items() if task.result()]
