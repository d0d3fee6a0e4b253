import asyncio
import json


async def visit(plain, text):
    await plain.recv()
    await plain.send("40")
    joined, heard = asyncio.Event(), []

    async def read():
        beats = 0
        while beats < 3:
            message = await plain.recv()
            if message == "2":
                await plain.send("3")
                beats += 1
            elif message.startswith("40"):
                joined.set()
            else:
                heard.append(json.loads(message[2:]))

    reading = asyncio.create_task(read())
    await joined.wait()
    await plain.send("42" + json.dumps(["say", text]))
    await reading
    return heard
