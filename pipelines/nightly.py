"""Every night: what is new in a folder is measured into a library. Run it twice, and nothing happens the second time.

python pipelines/nightly.py /data/incoming /data/library [settings.yaml]
"""

import sys
from pathlib import Path

from gait.batch.engine import LocalEngine
from gait.batch.find import at_rest, find_sources
from gait.batch.run import Summary, default_memory_bytes, default_workers, run_batch
from gait.batch.worker import Limits
from gait.cli.batch_screen import make_watcher
from gait.cli.console import leaving_in_order
from gait.config import load_settings

AT_REST_S = 600
"""Files that were written to in the last ten minutes may still be on their way: they are left for the next night."""


def main(incoming: Path, library: Path, config: Path | None = None, at_rest_s: float = AT_REST_S) -> Summary:
    """Measure what is new in a folder into a library."""
    workers = default_workers(load_settings(config).pose)
    limits = Limits(memory_bytes=default_memory_bytes(workers))
    with make_watcher("text", quiet=False) as watcher:
        summary = run_batch(
            str(library),
            at_rest(find_sources(str(incoming), config), at_rest_s, watcher.note),
            lambda: LocalEngine(workers, limits),
            watcher=watcher,
            metrics=library / "gait.prom",
            command=f"nightly {incoming}",
        )
    counts = summary.counts
    print(f"{summary.done} new results; {counts.done} recordings in the library, {counts.failed} failed.")
    return summary


# Worker processes import this file again: only the first process runs the job.
if __name__ == "__main__":
    with leaving_in_order():
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *map(Path, sys.argv[3:4])).exit_code)
