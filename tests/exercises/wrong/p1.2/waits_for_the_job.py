import asyncio


async def with_deadline(job, seconds, instead):
    loop = asyncio.get_running_loop()
    started = loop.time()
    result = await job()
    return instead if loop.time() - started > seconds else result
