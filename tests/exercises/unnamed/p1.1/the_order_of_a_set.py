import asyncio


async def fetch_all(jobs):
    tasks = {asyncio.create_task(job()) for job in jobs}
    if tasks:
        tasks, _ = await asyncio.wait(tasks)
    return [task.exception() or task.result() for task in tasks]
