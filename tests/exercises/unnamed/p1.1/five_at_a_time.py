import asyncio


async def fetch_all(jobs):
    slots = asyncio.Semaphore(5)

    async def one(job):
        async with slots:
            return await job()

    return await asyncio.gather(*map(one, jobs), return_exceptions=True)
