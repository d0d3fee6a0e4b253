import asyncio
import json


async def follow(server):
    texts = []
    try:
        while True:
            try:
                _, body = await server.ask(len(texts))
                texts.extend(json.loads(body))
            except (ConnectionError, json.JSONDecodeError, UnicodeDecodeError):
                await asyncio.sleep(5)
    except EOFError:
        return texts
