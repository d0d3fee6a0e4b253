import asyncio


async def fetch_all(jobs):
    async def careful(job):
        try:
            return await job()
        except Exception as error:
            return str(error)

    return await asyncio.gather(*[careful(job) for job in jobs])
