"""The parts of `lab.room_map`: the map, the path of a broadcast, the question, the measuring."""
