import asyncio
import json


async def follow(server):
    seen, cursor, wait = [], 0, 0.5
    while True:
        try:
            new, body = await server.ask(cursor)
            news = json.loads(body)
        except EOFError:
            return seen
        except (ConnectionError, ValueError):
            await asyncio.sleep(wait)
            wait *= 2
            continue
        seen += news
        cursor, wait = new, 0.5
