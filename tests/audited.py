"""Run the command line, and write down what it asks of the system: connections, other programs, files, pickles.

python tests/audited.py NOTES run walk.mp4 -o reports
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from pathlib import Path
from typing import Any

ASKED: list[tuple[str, str]] = []
WATCHED = ("socket.", "urllib.", "ftplib.", "http.", "smtplib.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn",
           "os.system", "os.fork", "os.startfile", "pickle.", "webbrowser.")  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def note(event: str, details: tuple[Any, ...]) -> None:
    """Keep what is of interest; Python calls this."""
    if event == "open":
        path, _, flags = details
        if isinstance(path, str | bytes | os.PathLike) and isinstance(flags, int) and flags & WRITES:
            ASKED.append(("write", str(Path(os.fsdecode(path)).absolute())))
    elif event.startswith(WATCHED):
        ASKED.append((event, str(details[0])[:200] if details else ""))


if __name__ == "__main__":
    notes = Path(sys.argv.pop(1))
    sys.addaudithook(note)
    atexit.register(lambda: notes.write_text(json.dumps(ASKED)))
    from gait.cli import main

    main(prog_name="gait")
