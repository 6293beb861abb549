"""Foot strikes and offs of laboratory walks seen through a virtual camera, against the laboratory's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.lab import LabWalk, View, camera_view, lab_walks, random_camera
from benchmarks.plates import plate_walks
from benchmarks.scoring import NOTHING, Matches, match_events
from gait.analysis.events.find import find_events
from gait.columns import TURN
from gait.config import EventSettings, SignalSettings
from gait.signals.clean import clean_poses


@pytest.fixture(scope="module")
def walks(shared_dir: Path) -> list[LabWalk]:
    return lab_walks(shared_dir)


def straight_walks(walks: list[LabWalk], cameras: int = 3, **fixed: object) -> list[View]:
    rng = np.random.default_rng(7)
    return [
        camera_view(walk, random_camera(rng, **fixed), rng) for walk in walks if not walk.turns for _ in range(cameras)
    ]


def scored(views: list[View], kind: str, method: str = "auto") -> Matches:
    total = NOTHING
    for view in views:
        events = find_events(clean_poses(view.poses, SignalSettings()), view.scene, EventSettings(method=method))
        total += match_events(events.table, view.events, kind)
    return total


@pytest.mark.parametrize(
    ("seen", "strike_s", "off_s"),
    [
        ({"fps": 30.0, "noise_px": 2.0}, 0.010, 0.009),
        ({"fps": 30.0, "noise_px": 4.0, "dropout": 0.05, "off_plane_deg": 20.0}, 0.014, 0.013),
    ],
    ids=["good joints", "noisy joints, 20 degrees off the plane"],
)
def test_strikes_and_offs_are_where_the_laboratory_has_them(
    walks: list[LabWalk], seen: dict[str, object], strike_s: float, off_s: float
) -> None:
    views = straight_walks(walks, **seen)

    for kind, mean_error_s in (("strike", strike_s), ("off", off_s)):
        matches = scored(views, kind)
        assert len(matches.error_s) >= 0.99 * matches.n_true
        assert matches.n_found - len(matches.error_s) <= 0.01 * matches.n_true
        assert np.abs(matches.error_s).mean() < mean_error_s


def test_auto_is_better_than_plain_zeni(walks: list[LabWalk]) -> None:
    views = straight_walks(walks, cameras=1)

    for kind in ("strike", "off"):
        ours, zeni = (np.abs(scored(views, kind, method).error_s).mean() for method in ("auto", "zeni"))
        assert ours < 0.7 * zeni


def test_the_stated_error_is_neither_boast_nor_alarm(walks: list[LabWalk]) -> None:
    views = straight_walks(walks)

    for kind in ("strike", "off"):
        matches = scored(views, kind)
        ratio = np.sqrt(np.mean((np.array(matches.error_s) / np.array(matches.sd_s)) ** 2))
        assert 0.5 < ratio < 1.2


def test_exchanged_legs_do_not_cost_events(walks: list[LabWalk]) -> None:
    views = straight_walks(walks, swap_share=0.1, occlusion=True)

    for kind in ("strike", "off"):
        matches = scored(views, kind)
        assert len(matches.error_s) >= 0.97 * matches.n_true
        assert matches.n_found - len(matches.error_s) <= 0.03 * matches.n_true


@pytest.mark.parametrize("side", ["right", "left"], ids=["then toward the camera", "then away from it"])
def test_a_walk_that_turns_gives_strikes_before_and_after_the_turn_and_marks_those_in_it(
    walks: list[LabWalk], side: str
) -> None:
    rng = np.random.default_rng(7)
    before, after, in_turn = NOTHING, NOTHING, NOTHING
    for walk in (w for w in walks if w.turns):
        view = camera_view(walk, random_camera(rng, side=side, distance_m=6.5), rng)
        events = find_events(clean_poses(view.poses, SignalSettings()), view.scene, EventSettings()).table
        sagittal, frontal = view.scene.passes
        turning = view.events[view.events["time_s"].between(sagittal.end_s, frontal.start_s)]
        in_turn = in_turn + match_events(events[events["pass_number"] == TURN], turning, "strike")
        assert set(events.loc[events["pass_number"] == TURN, "kind"]) == {"strike"}
        assert set(events.loc[events["pass_number"] == frontal.number, "kind"]) == {"strike"}
        for seen in (sagittal, frontal):
            # What happens in the clip's first and last two frames is not to be seen.
            edges = (max(seen.start_s, 0.067), min(seen.end_s, view.poses.time_s[-1] - 0.067))
            true = view.events[view.events["time_s"].between(*edges, inclusive="left")]
            matches = match_events(events[events["pass_number"] == seen.number], true, "strike")
            before, after = (before + matches, after) if seen is sagittal else (before, after + matches)

    for matches, within_s in ((before, 0.020), (after, 0.025)):
        assert len(matches.error_s) >= 0.8 * matches.n_true
        assert np.abs(matches.error_s).mean() < within_s
    assert len(in_turn.error_s) == in_turn.n_true == in_turn.n_found
    assert np.abs(in_turn.error_s).mean() < 0.035


def test_adults_slow_and_fast_are_timed_as_well_as_children(shared_dir: Path) -> None:
    rng = np.random.default_rng(11)
    errors: dict[tuple[str, str], list[float]] = {}
    for walk in plate_walks(shared_dir):
        for _ in range(4):
            view = camera_view(walk, random_camera(rng, fps=30.0, noise_px=2.0), rng)
            for kind in ("strike", "off"):
                matches = scored([view], kind)
                errors.setdefault((kind, walk.subject), []).extend(matches.error_s)

    for kind, most_s in (("strike", 0.011), ("off", 0.011)):
        biases_s = np.array([np.mean(e) for (k, _), e in errors.items() if k == kind])
        assert len(biases_s) == 7
        assert abs(biases_s.mean()) < 0.006
        assert np.sqrt(np.mean(biases_s**2)) < most_s
