"""Where all tests are to run, one that does not is a failure, unless its reason is a known one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("reason", "strict", "code"),
    [
        ("the library is not installed", "1", 1),
        ("the library is not installed", "", 0),
        ("there is no NVIDIA GPU", "1", 0),
    ],
)
def test_a_skip_for_an_unknown_reason_fails(tmp_path: Path, reason: str, strict: str, code: int) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "needs.py"):
        shutil.copy(HERE / name, tmp_path / "tests" / name)
    skipped = f"import pytest\ndef test_runs(): pass\n@pytest.mark.skip(reason={reason!r})\ndef test_skipped(): pass\n"
    (tmp_path / "tests" / "test_it.py").write_text(skipped)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--import-mode=importlib", str(tmp_path / "tests")], cwd=tmp_path,
        env={**os.environ, "GAIT_TESTS_STRICT": strict, "PYTHONPATH": str(HERE.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    assert ("test_skipped: " + reason in done.stdout) == bool(code)
