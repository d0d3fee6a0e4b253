"""Floor 0: bytes in, values out.  No asyncio, no socket, no clock, no randomness."""
