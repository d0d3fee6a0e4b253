import asyncio


async def with_deadline(job, seconds, instead):
    result = None
    try:
        async with asyncio.timeout(seconds):
            result = await job()
    except TimeoutError:
        pass
    return result or instead
