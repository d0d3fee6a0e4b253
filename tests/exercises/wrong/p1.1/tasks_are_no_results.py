async def fetch_all(jobs):
    return [job() for job in jobs]
