"""The parts of `lab.compare`, which is the public face."""
