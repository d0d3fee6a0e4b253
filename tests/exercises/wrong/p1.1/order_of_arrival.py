import asyncio


async def fetch_all(jobs):
    results = []
    for first in asyncio.as_completed([job() for job in jobs]):
        try:
            results.append(await first)
        except Exception as error:
            results.append(error)
    return results
