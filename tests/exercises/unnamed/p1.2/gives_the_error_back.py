import asyncio


async def with_deadline(job, seconds, instead):
    try:
        async with asyncio.timeout(seconds):
            [result] = await asyncio.gather(job(), return_exceptions=True)
            return result
    except TimeoutError:
        return instead
