"""The result of a whole run is read back from its files, equal to the one that was written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import gait
from gait.pipeline import Outcome, analyze_keypoints
from gait.report.page import render_page

Measured = Callable[[str], Outcome]


@pytest.mark.parametrize("clip", ["side_walk", "frontal_lean", "phone", "two_people", "standing", "empty_room"])
def test_a_run_comes_back(measured: Measured, tmp_path: Path, clip: str) -> None:
    """From the side, from the front, carried along, with a bystander; two in which nobody walks, or nobody is."""
    outcome = measured(clip)
    result = gait.load(outcome.folder)
    assert result == outcome.result
    assert (outcome.refusal is not None) == (clip in ("standing", "empty_room"))
    assert result.track is not None and result.track.people == outcome.result.track.people  # type: ignore[union-attr]
    gait.save(result, tmp_path / "again")
    assert gait.load(tmp_path / "again") == result


@pytest.mark.parametrize("clip", ["side_walk", "standing"])
def test_so_does_what_was_measured_from_saved_joints(measured: Measured, tmp_path: Path, clip: str) -> None:
    again = analyze_keypoints(measured(clip).folder / "keypoints.parquet", out=tmp_path)
    assert gait.load(again.folder) == again.result
    assert again.result.track is None


def test_what_is_saved_can_be_measured_again(measured: Measured, tmp_path: Path) -> None:
    result = gait.load(measured("side_walk").folder)
    gait.save(result, tmp_path / "walk")
    again = gait.analyze(tmp_path / "walk" / "keypoints.parquet")
    assert again.measures.equals(result.measures)
    assert again.provenance.recording == result.provenance.file
    assert again.provenance.settings is not None and result.provenance.settings is not None
    assert again.provenance.settings.analysis == result.provenance.settings.analysis


@pytest.mark.parametrize("clip", ["side_walk", "empty_room"])
def test_the_page_of_a_result_that_was_read_back_is_the_same_text(measured: Measured, clip: str) -> None:
    outcome = measured(clip)
    # "Not a number" has a sign, which says nothing and which a file need not keep; pictures go through a JPEG.
    tables = ("signals", "events", "strides", "measures", "cycles", "curves")
    pages = []
    for result in (outcome.result, gait.load(outcome.folder)):
        assert result.track is not None
        plain = {name: (table := getattr(result, name)).where(table.notna(), np.nan) for name in tables}
        shown = replace(result, track=replace(result.track, picture=None, portrait=None), **plain)
        pages.append(
            render_page(shown, overlay=None, subject_label=None, generated_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    assert pages[0] == pages[1]
