# Thin: it finds a Python and calls `python -m course_lib`. `make` alone explains the commands.
#
#   make test ARGS="-k mailbox"        arguments for the command
#   make lab PYTHON=/path/to/python    another Python than the first one found

COMMANDS = lab test test-wide test-all setup doctor check notebooks grade compare serve bench release bundle lock clean
PYTHON =
ARGS =

.PHONY: help $(COMMANDS)

# Each candidate is really run: a name may exist and fail (pyenv's shims) or be too old.
help $(COMMANDS):
	@for python in "$(PYTHON)" python3.14 python3.13 python3.12 python3.11 python3 python; do \
	    test -n "$$python" || continue; \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	    exec "$$python" -m course_lib $@ $(ARGS); \
	done; \
	echo "This course needs Python 3.11 or newer, and found none: install it (or name it:" \
	    "make $@ PYTHON=/path/to/python3) and repeat the command." >&2; \
	exit 1
