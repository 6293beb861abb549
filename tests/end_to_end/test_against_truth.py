"""The main job on rendered walkers whose steps, angles and lean are known exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gait.columns import MEASURED
from gait.pipeline import Outcome
from tests.truth import true_keypoints

Measured = Callable[[str], Outcome]
SampleClip = Callable[[str], tuple[Any, dict[str, Any]]]

CLIPS = ("side_walk", "limp", "frontal_lean", "two_people", "phone", "two_colours")
TOLERANCE_S = 0.05
EDGE_S = 0.25


def measure(outcome: Outcome, name: str, side: str = "both") -> pd.Series:
    table = outcome.result.measures
    row = table[(table["measure"] == name) & (table["side"] == side)].iloc[0]
    assert row["status"] in MEASURED, f"{name}: {row['reason']}"
    return row


def true_strikes(truth: dict[str, Any], *, seen: bool) -> list[tuple[float, str]]:
    """Return time and side of the true strikes; a foot half out of the picture need not be seen, but may be."""
    events = truth["events"] if seen else truth["events"] + truth["unseen_events"]
    return [(e["time_s"], e["side"]) for e in events if e["kind"] == "strike"]


@pytest.mark.parametrize("clip", CLIPS)
def test_every_strike_is_found_with_its_side_and_none_is_invented(
    measured: Measured, sample_clip: SampleClip, clip: str
) -> None:
    _, truth = sample_clip(clip)
    events = measured(clip).result.events
    found = [(e.time_s, e.side) for e in events[events["kind"] == "strike"].itertuples()]

    def same(a: tuple[float, str], b: tuple[float, str]) -> bool:
        return abs(a[0] - b[0]) <= TOLERANCE_S and a[1] == b[1]

    # A strike shows in what the foot does before and after it: the ends of the clip are too close to some.
    first_s, last_s = np.array(truth["time_s"])[np.flatnonzero(truth["whole"])[[0, -1]]] + [EDGE_S, -EDGE_S]
    wanted = [s for s in true_strikes(truth, seen=True) if first_s <= s[0] <= last_s]
    missed = [s for s in wanted if not any(same(s, f) for f in found)]
    invented = [f for f in found if not any(same(s, f) for s in true_strikes(truth, seen=False))]
    assert len(wanted) >= 6
    assert not missed, f"missed {missed}, found {found}"
    assert not invented, f"invented {invented}, found {found}"


@pytest.mark.parametrize("clip", CLIPS)
def test_cadence_is_within_one_step_per_minute(measured: Measured, sample_clip: SampleClip, clip: str) -> None:
    _, truth = sample_clip(clip)
    row = measure(measured(clip), "cadence")
    assert row["value"] == pytest.approx(truth["cadence_steps_per_min"], abs=1.0)
    assert row["ci_low"] < truth["cadence_steps_per_min"] < row["ci_high"]


@pytest.mark.parametrize("clip", CLIPS)
def test_trunk_lean_is_within_two_degrees(measured: Measured, sample_clip: SampleClip, clip: str) -> None:
    _, truth = sample_clip(clip)
    plane = "sideways" if clip == "frontal_lean" else "forward"
    row = measure(measured(clip), f"trunk_lean_{plane}")
    assert row["value"] == pytest.approx(np.mean(truth["trunk_lean_deg"]), abs=2.0)


def test_the_limp_shows_with_its_sign_and_size(measured: Measured, sample_clip: SampleClip) -> None:
    _, truth = sample_clip("limp")
    true = truth["stance_pct"]["left"] - truth["stance_pct"]["right"]
    row = measure(measured("limp"), "stance_asymmetry")
    assert np.sign(row["value"]) == np.sign(true)
    assert row["value"] == pytest.approx(true, abs=5.0)


def test_an_even_walk_has_no_asymmetry_beyond_its_error(measured: Measured) -> None:
    row = measure(measured("side_walk"), "stance_asymmetry")
    assert row["ci_low"] <= 0 <= row["ci_high"]


def test_a_frontal_view_gives_steps_but_no_foot_offs_or_leg_angles(measured: Measured) -> None:
    outcome = measured("frontal_lean")
    assert outcome.result.scene.view == "frontal"
    assert set(outcome.result.events["kind"]) == {"strike"}
    table = outcome.result.measures
    for name in ("stance", "swing", "double_support", "knee_rom", "hip_rom", "ankle_rom", "step_length"):
        rows = table[table["measure"] == name]
        assert (rows["status"] == "withheld").all()
        assert (rows["reason"].str.len() > 10).all()


@pytest.mark.parametrize(("clip", "direction"), [("side_walk", "right"), ("limp", "left"), ("frontal_lean", "toward")])
def test_the_direction_of_the_walk_is_seen(measured: Measured, clip: str, direction: str) -> None:
    assert {p.direction for p in measured(clip).result.scene.passes} == {direction}


def test_the_walker_is_followed_and_not_the_person_who_stands(measured: Measured, sample_clip: SampleClip) -> None:
    _, truth = sample_clip("two_people")
    track = measured("two_people").result.track
    assert track is not None
    assert len(track.people) == 2
    assert [p.chosen for p in track.people].count(True) == 1
    true = true_keypoints("two_people")
    followed, in_view = np.isfinite(track.box_px).all(axis=1), np.array(truth["whole"])
    # She goes behind the one who stands, is said to be hidden there, and then is lost.
    hidden = np.any([(track.time_s >= a) & (track.time_s <= b) for a, b in track.hidden], axis=0)
    assert (hidden & in_view).sum() < 0.3 * in_view.sum()
    assert ((followed | hidden) & in_view).sum() > 0.8 * in_view.sum()
    x1, y1, x2, y2 = track.box_px[followed & in_view].T
    x, y = true.loc[followed & in_view, ["left_hip_x", "left_hip_y"]].to_numpy().T
    assert ((x1 <= x) & (x <= x2) & (y1 <= y) & (y <= y2)).mean() > 0.99


@pytest.mark.parametrize(
    "clip",
    ["side_walk", "limp", "two_people", "phone", "two_colours", "child", "old_man_stick", "pan_watermark"],
)
def test_steps_and_strides_have_the_true_length_in_body_heights(
    measured: Measured, sample_clip: SampleClip, clip: str
) -> None:
    """From footprint to footprint, two of which make a stride; cameras that stand, turn, and are carried along."""
    _, truth = sample_clip(clip)
    prints = {
        side: np.mean([s["footprint_length_m"] for s in truth["steps"] if s["side"] == side]) / truth["body_height_m"]
        for side in ("left", "right")
    }
    outcome = measured(clip)
    for side, true in {**prints, "both": sum(prints.values()) / 2}.items():
        row = measure(outcome, "step_length_relative", side)
        assert row["ci_low"] < true < row["ci_high"], f"{side} {row['value']}, true {true}"
    stride = measure(outcome, "stride_length_relative")
    assert stride["ci_low"] < sum(prints.values()) < stride["ci_high"]
    assert stride["value"] == pytest.approx(sum(prints.values()), rel=0.05)
    assert stride["value"] == pytest.approx(2 * measure(outcome, "step_length_relative")["value"], rel=0.02)
