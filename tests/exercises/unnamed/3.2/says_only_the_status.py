def answer(method, headers):
    return 101
