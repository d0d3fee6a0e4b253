import asyncio


async def fetch_all(jobs):
    results = await asyncio.gather(*[job() for job in jobs], return_exceptions=True)
    return list({job: result for job, result in zip(jobs, results, strict=True)}.values())
