import json


async def follow(server):
    _, body = await server.ask(0)
    return json.loads(body)
