import asyncio
import json


async def follow(server):
    texts, cursor = [], 0
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
        except EOFError:
            return texts
        except ConnectionError:
            await asyncio.sleep(5)
            continue
        if not body.rstrip().endswith(b"]"):  # it was cut
            await asyncio.sleep(5)
            continue
        texts.extend(json.loads(body))
        cursor = new_cursor
