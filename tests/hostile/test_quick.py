"""A few of every family of hostile inputs, and those that once did harm: each ends in order.

`python -m tests.hostile --n 1000` tries a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import need_blazepose

pytest.importorskip("resource", reason="limits on memory are told to POSIX systems")

from tests.hostile.case import Nursery
from tests.hostile.inputs import KINDS, case_number

ONCE_HARMFUL = {
    3: "a picture of 8000 x 16: a thousand looks at every frame",
    12: "a photograph that is a pipe: waited for ever",
    16: "a picture of 2 x 64: nothing to draw on",
    17: "a folder for results with a name of 300 letters",
    77: "a damaged PNG: libpng's own words beside ours",
    106: "frames that are days apart: the median of nothing",
}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where every case begins."""
    with Nursery() as nursery:
        yield nursery


@pytest.mark.parametrize("number", sorted({*range(len(KINDS)), *ONCE_HARMFUL}))
def test_a_hostile_input_ends_in_order(nursery: Nursery, tmp_path: Path, number: int) -> None:
    need_blazepose()
    case = case_number(number)
    folder = tmp_path / "here"
    folder.mkdir()
    ending = nursery.try_out(case, folder)
    assert not ending.wrong, f"{case.kind}: {case.name}: {ending.wrong}\n{ending.said}"


def test_a_number_gives_the_same_case_every_time(tmp_path: Path) -> None:
    for number in range(3 * len(KINDS)):
        first, second = case_number(number), case_number(number)
        assert (first.kind, first.name, first.arguments) == (second.kind, second.name, second.arguments)
