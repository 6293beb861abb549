"""A saved result: the report written from it is that of the result itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gait.config import Settings
from gait.errors import InputError
from gait.joints import Joints
from gait.pipeline import Models, find_joints, measure_joints
from gait.progress import Stages
from gait.report.page import render_page
from gait.results import TABLES, read_result, write_result
from gait.types import Result
from gait.video.reader import open_video
from tests.needs import need_blazepose


@pytest.fixture(scope="module", params=["side_walk", "empty_room"])
def measured(
    request: pytest.FixtureRequest, sample_clip: Callable[[str], tuple[Path, dict[str, object]]]
) -> tuple[Joints, Result]:
    """A walk, and a room in which nobody is."""
    need_blazepose()
    video, _ = sample_clip(request.param)
    settings = Settings.model_validate({"video": {"fps": 30, "end_s": 4}})
    with Models(settings.pose) as models:
        joints = find_joints(open_video(video, fps=30, end_s=4), settings, models, Stages())
    return joints, measure_joints(joints, settings, "A. B.", Stages())


def test_a_result_comes_back_as_it_was_saved(measured: tuple[Joints, Result], tmp_path: Path) -> None:
    joints, result = measured
    write_result(result, tmp_path / "analysis.zip")
    again = read_result(tmp_path / "analysis.zip", joints)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name), check_exact=True)
    assert (again.scene, again.flags, again.provenance) == (result.scene, result.flags, result.provenance)


def test_the_page_from_a_saved_result_is_the_same_text(measured: tuple[Joints, Result], tmp_path: Path) -> None:
    joints, result = measured
    write_result(result, tmp_path / "analysis.zip")
    # "Not a number" has a sign, which says nothing and which a file need not keep.
    plain = {name: (table := getattr(result, name)).where(table.notna(), np.nan) for name in TABLES}
    result = replace(result, **plain)
    pages = [
        render_page(each, overlay=None, subject_label="A. B.", generated_at=datetime(2025, 1, 1, tzinfo=UTC))
        for each in (result, read_result(tmp_path / "analysis.zip", joints))
    ]
    assert pages[0] == pages[1]


def test_a_file_that_is_no_result_says_so(measured: tuple[Joints, Result], tmp_path: Path) -> None:
    path = tmp_path / "analysis.zip"
    for content in (None, b"", b"PK\x03\x04 half"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=r"analysis\.zip"):
            read_result(path, measured[0])
