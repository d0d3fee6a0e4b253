"""A link with delay, jitter and bandwidth, for a notebook: the names of `simulator.link`.

    conditions = Conditions(rtt=0.2, jitter=0.05)
    link = Link(conditions)                        push(now, data), pop(now), next_deadline()

Lessons 01 to 06.  Builds on: `simulator.link`.
New here: nothing but the names.
Left out: an asyncio loop around it; see `lab.clock` (virtual) and `lab.proxy` (real).
"""

from ..simulator.link import PACKET, Conditions, Cut, Link

__all__ = ["PACKET", "Conditions", "Cut", "Link"]
