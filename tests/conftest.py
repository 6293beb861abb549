"""What every test may ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The renderer of the sample videos is not part of the installed package.
sys.path[:0] = [str(ROOT / "sample_videos"), str(ROOT / "tests")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `torch` where it is not installed."""
    from needs import HAS_TORCH, NO_TORCH

    for item in items:
        if item.get_closest_marker("torch") and not HAS_TORCH:
            item.add_marker(pytest.mark.skip(reason=NO_TORCH))


SKIPPED: dict[str, str] = {}
"""By test or file, why it was skipped, where that is not one of the reasons for which it may be."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what was skipped for another reason than those that are allowed."""
    note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keep which files were skipped as a whole."""
    note_skip(report)


def note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Keep a skip that is not allowed; an expected failure is none."""
    from needs import MAY_BE_SKIPPED

    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in MAY_BE_SKIPPED:
            SKIPPED[report.nodeid] = reason


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail where all tests are to run, and one did not."""
    if os.environ.get("GAIT_TESTS_STRICT") and SKIPPED and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were skipped and should not have been."""
    if os.environ.get("GAIT_TESTS_STRICT") and SKIPPED:
        terminalreporter.section("skipped, but not for a reason in tests/needs.py", red=True)
        for test, reason in SKIPPED.items():
            terminalreporter.line(f"{test}: {reason}")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of recordings that are not part of the repository, beside it; skips where there is none."""
    folder = ROOT.parent / "shared"
    if not (folder / "gold").is_dir():
        pytest.skip("the recordings in ../shared are not here")
    return folder


@pytest.fixture(scope="session")
def sample_clip() -> Callable[[str], tuple[Path, dict[str, Any]]]:
    """From the name of a sample clip to its video and its truth."""
    from truth import sample_clip

    return sample_clip


@pytest.fixture(scope="session")
def check_person() -> Iterator[Callable[[Any], Any]]:
    """BlazePose's second look at whether a picture shows a body; skips where it is not installed."""
    from needs import need_blazepose

    from gait.config import PoseSettings
    from gait.pose.registry import open_model

    need_blazepose()
    with open_model(PoseSettings(model="blazepose")) as model:
        yield model.check_person
