import asyncio
import json


async def follow(server):
    seen, cursor, failures = [], 0, 0
    while True:
        try:
            following, body = await server.ask(cursor)
            seen += json.loads(body.decode())
        except EOFError:
            return seen
        except (OSError, ValueError):
            failures += 1
            await asyncio.sleep(min(0.25 * 2**failures, 10))
        else:
            cursor, failures = following, 0
