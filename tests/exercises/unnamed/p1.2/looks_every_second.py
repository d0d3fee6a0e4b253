import asyncio


async def with_deadline(job, seconds, instead):
    loop = asyncio.get_running_loop()
    task, end = loop.create_task(job()), loop.time() + seconds
    try:
        while not task.done() and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(1)
        return task.result() if task.done() else instead
    finally:
        task.cancel()
