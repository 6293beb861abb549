"""What a run leaves behind: complete, consistent, and readable by other programs."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from gait import columns
from gait.config import AnalysisSettings
from gait.pipeline import Outcome, analyze_keypoints
from gait.video import open_video
from tests.needs import need_blazepose

Measured = Callable[[str], Outcome]

FILES = {
    "report.html",
    "overlay.mp4",
    "picture.mp4",
    "poster.jpg",
    "result.json",
    "keypoints.parquet",
    "clean.parquet",
    "signals.csv",
    "events.csv",
    "strides.csv",
    "cycles.csv",
    "measures.csv",
}
ROOT = Path(__file__).parents[2]


def times_of(video: Path) -> np.ndarray:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        return np.array([float(f.pts * f.time_base) for f in container.decode(stream) if f.pts is not None])


def test_all_files_are_there_and_no_others(measured: Measured) -> None:
    assert {p.name for p in measured("side_walk").folder.iterdir()} == FILES


def test_tables_have_the_agreed_columns(measured: Measured) -> None:
    folder = measured("side_walk").folder
    assert tuple(pd.read_csv(folder / "measures.csv").columns) == (*columns.RECORDING_COLUMNS, *columns.MEASURE_COLUMNS)
    assert tuple(pd.read_csv(folder / "events.csv").columns) == columns.EVENT_COLUMNS
    assert tuple(pd.read_csv(folder / "strides.csv").columns) == columns.STRIDE_COLUMNS
    assert tuple(pd.read_csv(folder / "cycles.csv").columns) == columns.CYCLE_COLUMNS
    assert tuple(pd.read_csv(folder / "signals.csv").columns) == ("time_s", *columns.SIGNALS)


def test_measures_of_two_recordings_can_be_put_together(measured: Measured) -> None:
    """Each row says of which recording it is and from where that was seen; a measure has one unit in all of them."""
    tables = [pd.read_csv(measured(clip).folder / "measures.csv") for clip in ("side_walk", "frontal_lean")]
    both = pd.concat(tables)
    assert list(both["recording"].unique()) == ["side_walk.mp4", "frontal_lean.mp4"]
    assert list(both["view"].unique()) == ["sagittal", "frontal"]
    assert (both.groupby("measure")["unit"].nunique() == 1).all()
    assert both.set_index("measure")["unit"].to_dict() == {m.name: m.unit for m in columns.MEASURES.values()}
    status = both.pivot_table(index="view", columns="measure", values="status", aggfunc="first")
    assert list(status.loc["sagittal", ["trunk_lean_forward", "trunk_lean_sideways"]]) == ["valid", "withheld"]
    assert list(status.loc["frontal", ["trunk_lean_forward", "trunk_lean_sideways"]]) == ["withheld", "valid"]


def test_the_cycles_hold_every_stride_that_counts_and_their_mean(measured: Measured) -> None:
    folder, result = measured("side_walk").folder, measured("side_walk").result
    cycles = pd.read_csv(folder / "cycles.csv", dtype={"stride": str})
    for side in ("left", "right"):
        mine = cycles[cycles["side"] == side].pivot(index="stride", columns="percent", values="knee_deg")
        used = result.strides[(result.strides["side"] == side) & result.strides["valid"]]
        assert set(mine.index) == {*used["number"].astype(str), "mean", "sd"}
        strides = mine.drop(index=["mean", "sd"]).dropna()
        np.testing.assert_allclose(mine.loc["mean"], strides.mean(), atol=1e-3)
        np.testing.assert_allclose(mine.loc["sd"], strides.std(), atol=1e-3)
    assert cycles["trunk_lean_sideways_deg"].isna().all()


def test_every_measure_is_valid_with_an_interval_or_withheld_with_a_reason(measured: Measured) -> None:
    for clip in ("side_walk", "frontal_lean", "standing"):
        table = pd.read_csv(measured(clip).folder / "measures.csv")
        assert set(table["measure"]) == set(columns.MEASURES)
        valid = table[table["status"].isin(columns.MEASURED)]
        assert np.isfinite(valid[["value", "ci_low", "ci_high", "mdc95", "n"]].to_numpy()).all()
        assert (valid["ci_low"] <= valid["value"]).all()
        assert (valid["value"] <= valid["ci_high"]).all()
        withheld = table[table["status"] == "withheld"]
        assert len(valid) + len(withheld) == len(table)
        assert withheld["reason"].str.len().gt(10).all()
        assert withheld["value"].isna().all()


def test_result_json_tells_everything_that_shaped_the_numbers(measured: Measured) -> None:
    outcome = measured("side_walk")
    tree = json.loads((outcome.folder / "result.json").read_text(encoding="utf-8"))
    assert tree["schema"].startswith("gait.result/")
    provenance = tree["provenance"]
    assert len(provenance["file"]["sha256"]) == 64
    assert len(provenance["model"]["weights_sha256"]) == 64
    assert provenance["settings"]["analysis"]["signals"]["cutoff_hz"] == 6.0
    assert {"gait", "numpy", "mediapipe", "python"} <= set(provenance["versions"])
    assert {"subject", "pose", "analysis", "overlay"} <= set(provenance["times_s"])
    assert len(tree["measures"]) == len(outcome.result.measures)


@pytest.mark.parametrize("clip", ["side_walk", "phone"])
def test_the_overlay_has_the_time_of_every_frame_of_the_video(measured: Measured, clip: str) -> None:
    original, overlay = (
        times_of(ROOT / "sample_videos" / f"{clip}.mp4"),
        times_of(measured(clip).folder / "overlay.mp4"),
    )
    np.testing.assert_allclose(overlay, original - original[0], atol=1e-3)


def test_the_picture_that_the_page_draws_on_has_the_same_times_without_the_strip(measured: Measured) -> None:
    folder = measured("side_walk").folder
    np.testing.assert_array_equal(times_of(folder / "picture.mp4"), times_of(folder / "overlay.mp4"))
    clean, drawn = (next(open_video(folder / name).frames()).image for name in ("picture.mp4", "overlay.mp4"))
    assert clean.shape[1] == drawn.shape[1]
    assert clean.shape[0] == 720 < drawn.shape[0]


@pytest.mark.parametrize("clip", ["side_walk", "frontal_lean"])
def test_saved_joints_give_the_same_numbers_as_the_run_that_saved_them(
    measured: Measured, tmp_path: Path, clip: str
) -> None:
    first = measured(clip)
    again = analyze_keypoints(first.folder / "keypoints.parquet", out=tmp_path)
    for name in ("measures", "events", "strides", "signals"):
        pd.testing.assert_frame_equal(getattr(again.result, name), getattr(first.result, name), check_exact=True)
    assert {p.name for p in again.folder.iterdir()} == FILES - {"overlay.mp4", "picture.mp4", "poster.jpg"}


def test_a_height_given_later_changes_the_scale_and_nothing_else(measured: Measured, tmp_path: Path) -> None:
    first = analyze_keypoints(
        measured("side_walk").folder / "keypoints.parquet",
        out=tmp_path / "first",
        settings=AnalysisSettings.model_validate({"signals": {"cutoff_hz": 5.0}, "scale": {"height_m": 1.60}}),
    )
    again = analyze_keypoints(
        first.folder / "keypoints.parquet",
        out=tmp_path / "again",
        settings=AnalysisSettings.model_validate({"scale": {"height_m": 1.74}}),
    )
    used = again.result.provenance.settings
    assert used is not None
    assert (used.analysis.signals.cutoff_hz, used.analysis.scale.height_m) == (5.0, 1.74)
    pd.testing.assert_frame_equal(again.result.events, first.result.events, check_exact=True)


def test_the_short_recipe_does_the_main_job(tmp_path: Path) -> None:
    need_blazepose()
    done = subprocess.run(
        [sys.executable, "pipelines/one_video.py", "sample_videos/side_walk.mp4", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cadence" in done.stdout
    assert (tmp_path / "side_walk" / "report.html").stat().st_size > 100_000
    assert (tmp_path / "side_walk" / "overlay.mp4").stat().st_size > 10_000
