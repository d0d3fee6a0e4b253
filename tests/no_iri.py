"""A pytest plugin that spares 1.1 s of CPU: nothing here checks whether a text is an IRI.

Builds on: nothing.
What is new here: `jsonschema`, which `nbformat` imports, builds a grammar for IRIs when its module
is imported, if the package for it is there.  No schema of a notebook asks for one.
"""

import sys
from typing import Any

modules: dict[str, Any] = sys.modules
modules.setdefault(
    "rfc3987_syntax", None
)  # to import it is an ImportError, which is expected there
