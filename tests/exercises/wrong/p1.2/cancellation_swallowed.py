import asyncio


async def with_deadline(job, seconds, instead):
    try:
        async with asyncio.timeout(seconds):
            return await job()
    except (TimeoutError, asyncio.CancelledError):
        return instead
