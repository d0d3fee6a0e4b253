"""The parts of `lab.models`, which is the public face."""
