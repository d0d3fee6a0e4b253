import json


async def visit(plain, text):
    heard, left = [], 3
    while left:
        message = await plain.recv()
        match message[:1], message[1:2]:
            case "0", _:
                await plain.send("40")
            case "2", _:
                left -= 1
                await plain.send("3")
            case "4", "0":
                await plain.send("42" + json.dumps(["say", text], separators=(",", ":")))
            case "4", "2":
                heard.append(json.loads(message[2:]))
    return heard
