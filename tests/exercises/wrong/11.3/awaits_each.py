async def broadcast(members, message):
    broken = []
    for name in list(members):
        member = members.get(name)
        if member is None:
            continue
        try:
            await member.send(message)
        except Exception as error:
            print(name, error)
            broken.append(name)
    return broken
