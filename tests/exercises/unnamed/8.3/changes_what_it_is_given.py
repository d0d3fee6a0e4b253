def next_step(failure):
    return None
