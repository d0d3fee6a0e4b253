import io


def choose_hold(patiences):
    return min(patiences) - 1.5


def understand(status, body, cursor):
    """bytes.splitlines knows no line ends beyond ASCII; so does a file of bytes."""
    if status != 200:
        return [], cursor, 0.1
    assert body.splitlines(keepends=True) == list(io.BytesIO(body))
    texts = [line.decode() for line in body.splitlines()]
    return texts, cursor + len(texts), 0
