def broadcast(members, message):
    failed = []
    for name, member in list(members.items()):
        try:
            member.send(message)
        except Exception:
            failed.append(name)
    return failed
