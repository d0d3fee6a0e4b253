def answer(method, headers):
    return 400, {}
