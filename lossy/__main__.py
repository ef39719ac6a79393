"""`python -m lossy` is the command `lossy`."""

from lossy.cli import main

main()
