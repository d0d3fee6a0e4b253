import asyncio


async def fetch_all(jobs):
    return list(await asyncio.gather(*[job() for job in jobs]))
