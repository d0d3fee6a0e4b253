"""How a cell, its tasks and the kernel's loop get on.  `lab.loop` is its public face."""
