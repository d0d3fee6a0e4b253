"""Adapters with a network: a broadcast reaches the clients of other processes.

io = Server(adapter=cluster(bus))
"""

from __future__ import annotations

from .cluster import ClusterAdapter, cluster
from .memory_bus import Engine

__all__ = ["ClusterAdapter", "Engine", "cluster"]
