import asyncio
import json


async def follow(server):
    texts, cursor = [], 0
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
            news = json.loads(body)
        except EOFError:
            break
        except (ConnectionError, ValueError):
            await asyncio.sleep(5)
            continue
        if not news:
            break
        texts += news
        cursor = new_cursor
    return texts
