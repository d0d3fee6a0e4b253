import asyncio


async def fetch_all(jobs):
    if not jobs:
        return []
    tasks = [asyncio.create_task(job()) for job in jobs]
    done, late = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    return [task.exception() or task.result() for task in tasks if task in done]
