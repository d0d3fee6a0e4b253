async def fetch_all(jobs):
    raise ValueError("nothing to do with a job")
