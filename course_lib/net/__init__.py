"""Floor 1: asyncio moves the bytes that floor 0 understands."""
