import io


def choose_hold(patiences):
    return min(patiences) - 1.5


def understand(status, body, cursor):
    """A file of bytes has lines that end with a newline, and no others."""
    if status != 200:
        return [], cursor, 0.1
    texts = [line[:-1].decode() for line in io.BytesIO(body)]
    return texts, cursor + len(texts), 0
