"""A process that is told to end does so in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between processes")

IMPORTS = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
signal.signal(signal.SIGINT, signal.default_int_handler)
from gait.cli.console import leaving_in_order
import time
with leaving_in_order():
    try:
        import slow
        print("imported", slow.done)
        time.sleep(20)
    finally:
        print("tidied up")
print("went on")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_import_is_finished_before_the_process_leaves(tmp_path: Path, name: str) -> None:
    """Interrupted in the middle of one, Python can leave the lock of all imports locked, and the program hangs."""
    (tmp_path / "slow.py").write_text(f"import os, signal\nos.kill(os.getpid(), signal.{name})\ndone = True\n")
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["imported True", "tidied up"], done.stderr
    assert done.stderr == "gait: stopped.\n"
    assert done.returncode == 128 + getattr(signal, name)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As nohup wants it: the terminal may be closed, and the work goes on."""
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from gait.cli.console import leaving_in_order\n"
        "with leaving_in_order(): os.kill(os.getpid(), signal.SIGHUP); print('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
