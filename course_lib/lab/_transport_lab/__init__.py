"""The parts of `lab.transport_lab`: an experiment, what was kept of it, and the widgets."""
