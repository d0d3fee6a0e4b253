import json


async def visit(plain, text):
    await plain.recv()
    await plain.send("40")
    events = []
    pings = 0
    while pings < 3:
        message = await plain.recv()
        if message == "2":
            pings += 1
            await plain.send("3")
        elif message.startswith("40"):
            await plain.send("42" + json.dumps(["say", text], ensure_ascii=False))
        elif message.startswith("42"):
            events.append(json.loads(message[2:]))
    await plain.send("41")
    return events
