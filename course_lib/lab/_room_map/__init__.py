"""Private parts of `lab.room_map`."""
