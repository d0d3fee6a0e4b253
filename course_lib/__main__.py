"""The command line: `python -m course_lib COMMAND`; without COMMAND it explains the commands.

This file and `course_lib/__init__.py` are the only ones that an old Python reads, so they hold
nothing that Python 2.7 cannot parse: a learner whose Python is too old must get a sentence, not a
SyntaxError.

Builds on: workshop.commands.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "This course needs Python 3.11 or newer, and this is Python {0}.{1} ({2}): install a newer "
        "one and repeat the command with it (on Windows: py -m course_lib).".format(
            sys.version_info[0], sys.version_info[1], sys.executable
        )
    )

from course_lib.workshop import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
