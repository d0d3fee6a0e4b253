"""Every figure and what it is made of.  Used by: `lab.plots`, `lab.show` and `lab.sequence`."""
