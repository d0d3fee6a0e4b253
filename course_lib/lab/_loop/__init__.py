"""The parts of `lab.loop`, which is the public face: a cell, its tasks and the kernel's loop."""
