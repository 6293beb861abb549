"""The state of a library for Prometheus, in the text format that node exporter's textfile collector reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gait.folders import replacing_file
from gait.library.entries import STATES
from gait.library.ledger import Ledger


def write_metrics(ledger: Ledger, path: Path | None) -> None:
    """Write the metrics of a library to a file, whole at any time; nothing where there is no path."""
    if path is None:
        return
    with replacing_file(path) as fresh:
        fresh.write_text(metrics_text(ledger), encoding="utf-8")


def metrics_text(ledger: Ledger) -> str:
    """Return the metrics of a library."""
    counts = ledger.counts()
    waited_s = 0.0
    if counts.oldest_waiting_at is not None:
        waited_s = (datetime.now(UTC) - datetime.fromisoformat(counts.oldest_waiting_at)).total_seconds()
    label = f'library="{_escaped(ledger.root.resolve().name)}"'
    lines = ["# HELP gait_recordings Recordings in the library, by state.", "# TYPE gait_recordings gauge"]
    lines += [f'gait_recordings{{{label},state="{state}"}} {getattr(counts, state)}' for state in STATES]
    lines += ["# HELP gait_without_gait Recordings done in which nobody walks.", "# TYPE gait_without_gait gauge"]
    lines += [f"gait_without_gait{{{label}}} {counts.without_gait}"]
    lines += ["# HELP gait_failures Recordings that failed, by kind.", "# TYPE gait_failures gauge"]
    lines += [f'gait_failures{{{label},kind="{_escaped(kind)}"}} {n}' for kind, n in counts.kinds.items()]
    lines += ["# HELP gait_seconds Time that the results in the library took.", "# TYPE gait_seconds gauge"]
    lines += [f"gait_seconds{{{label}}} {counts.seconds:.3f}"]
    lines += ["# HELP gait_oldest_waiting_seconds Age of the recording that has waited longest; 0 where none waits."]
    lines += ["# TYPE gait_oldest_waiting_seconds gauge", f"gait_oldest_waiting_seconds{{{label}}} {waited_s:.0f}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
