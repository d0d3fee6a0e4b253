def choose_hold(patiences):
    return sorted(patiences)[0] - 1


def understand(status, body, cursor):
    match status:
        case 200:
            messages = [line.decode() for line in body.split(b"\n") if line]
            return messages, cursor + len(messages), 0
        case _:
            return [], cursor, 2
