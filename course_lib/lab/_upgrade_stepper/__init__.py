"""The parts of `lab.upgrade_stepper`: the steps of an upgrade, and how they look."""
