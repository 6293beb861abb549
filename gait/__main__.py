"""So that `python -m gait` works where the script `gait` is not on the path."""

from gait.cli import main

main(prog_name="gait")
