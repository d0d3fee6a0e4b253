import json


async def visit(plain, text):
    await plain.recv()
    await plain.send("40")
    beats = 0
    events = []
    while beats < 3:
        m = await plain.recv()
        if m == "2":
            await plain.send("3")
            beats += 1
        elif m.startswith("4"):
            await plain.send("42" + json.dumps(["say", text], ensure_ascii=False))
        elif m.startswith("42"):
            events.append(json.loads(m[2:]))
    return events
