"""The clips that are meaner than life: what happens in each, and that a person detector sees people in them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from renderer.hard_clips import HARD
from renderer.truth import truth
from truth import SAMPLES, sample_clip, true_events, true_keypoints

MEASURABLE = tuple(name for name in HARD if name not in ("passers_by", "ceiling"))


def pictures(name: str, wanted: list[int]) -> list[npt.NDArray[np.uint8]]:
    with av.open(str(SAMPLES / f"{name}.mp4")) as container:
        return [f.to_ndarray(format="rgb24") for i, f in enumerate(container.decode(video=0)) if i in set(wanted)]


def metadata(name: str) -> dict[str, str]:
    with av.open(str(SAMPLES / f"{name}.mp4")) as container:
        return dict(container.metadata)


def absences(known: dict[str, Any]) -> list[tuple[float, float]]:
    """From the last sight of the subject to the next."""
    seen = [t for t, box in zip(known["time_s"], known["box_px"], strict=True) if box]
    return [(a, b) for a, b in pairwise(seen) if b - a > 0.5]


@pytest.mark.parametrize("name", MEASURABLE)
def test_strikes_within_a_pass_are_a_step_time_apart(name: str) -> None:
    _, known = sample_clip(name)
    assert known["measurable"]
    assert known["passes"]
    strikes = np.array(
        sorted(e["time_s"] for key in ("events", "unseen_events") for e in known[key] if e["kind"] == "strike")
    )
    for walk in known["passes"]:
        inside = strikes[(strikes >= walk["start_s"]) & (strikes <= walk["end_s"])]
        assert len(inside) >= 3
        assert 60 / np.mean(np.diff(inside)) == pytest.approx(known["cadence_steps_per_min"], rel=0.01)


@pytest.mark.parametrize("name", MEASURABLE)
def test_no_event_in_view_while_a_foot_is_hidden_or_the_body_cut_off(name: str) -> None:
    _, known = sample_clip(name)
    time, whole = np.array(known["time_s"]), np.array(known["whole"])
    for event in known["events"]:
        at = event["time_s"]
        assert not any(h["start_s"] < at < h["end_s"] for h in known["hidden_feet"])
        # The box goes around the clothes: it leaves the picture a little before the last joint does.
        assert whole[np.abs(time - at) < 0.2].any()


def test_the_truth_of_a_hard_clip_on_disk_is_that_of_the_model() -> None:
    _, known = sample_clip("child")
    fresh = truth(HARD["child"]())
    assert fresh.keys() == known.keys()
    assert fresh["events"] == known["events"]
    assert fresh["passes"] == known["passes"]
    assert fresh["hidden_feet"] == known["hidden_feet"]


def test_he_goes_to_and_fro_and_the_mirror_shows_him_again() -> None:
    _, known = sample_clip("mirror_room")
    assert [walk["direction"] for walk in known["passes"]] == ["right", "left", "right"]
    assert {h["side"] for h in known["hidden_feet"]} == {"left", "right"}
    shown = [i for i, box in enumerate(known["reflection_box_px"]) if box and box[2] - box[0] > 20]
    assert len(shown) > known["n_frames"] / 2
    # Where the reflection stands free of him, there is the red of his shirt.
    free = [i for i in shown if known["reflection_box_px"][i][0] > known["box_px"][i][2] + 2][:6]
    assert len(free) == 6
    for i, picture in zip(free, pictures("mirror_room", free), strict=True):
        x0, y0, x1, y1 = (int(v) for v in known["reflection_box_px"][i])
        red, green, _ = np.moveaxis(picture[y0:y1, x0:x1].astype(int), -1, 0)
        assert (red > 1.7 * green).sum() > 40


def test_she_is_away_twice_and_somebody_else_is_there_meanwhile() -> None:
    _, known = sample_clip("leaves_and_returns")
    away = absences(known)
    assert len(away) == 2
    assert all(1.5 < b - a < 3.5 for a, b in away)
    (other,) = known["other_people"]
    theirs = np.array([t for t, box in zip(known["time_s"], other["box_px"], strict=True) if box])
    start_s, end_s = away[0]
    assert ((theirs > start_s) & (theirs < end_s)).sum() > 30
    assert [walk["direction"] for walk in known["passes"]] == ["right", "left", "right"]


def test_she_is_as_large_all_the_time_in_the_shop_and_stops_for_three_seconds() -> None:
    _, known = sample_clip("shop_from_behind")
    heights = np.array([box[3] - box[1] for box in known["box_px"]])
    assert np.ptp(heights) < 0.15 * heights.mean()
    assert 2.5 < np.diff(true_events(known, "strike")).max() < 4.0
    assert len(known["other_people"]) == 2
    first, second = known["passes"]
    assert second["start_s"] - first["end_s"] > 1.8
    assert known["direction"] == first["direction"] == second["direction"] == "away"


def test_the_writing_stays_where_it_is_and_the_room_goes_by() -> None:
    bar, room = (slice(446, 474), slice(20, 300)), (slice(180, 330), slice(20, 300))
    first, last = (p.astype(float) for p in pictures("pan_watermark", [20, 120]))
    assert np.abs(first[bar] - last[bar]).mean() < 8
    assert np.abs(first[room] - last[room]).mean() > 15


def test_the_child_is_small_and_quick_and_the_old_man_slow() -> None:
    _, child = sample_clip("child")
    assert child["body_height_m"] == pytest.approx(1.05)
    assert child["cadence_steps_per_min"] == pytest.approx(160)
    _, old = sample_clip("old_man_stick")
    assert old["speed_m_s"] == pytest.approx(0.5)
    assert old["stance_pct"]["left"] == pytest.approx(70)
    assert np.mean(old["trunk_lean_forward_deg"]) > 14


def test_a_child_has_a_larger_head_for_its_height() -> None:
    shares = {}
    for name in ("child", "side_walk"):
        _, known = sample_clip(name)
        table = true_keypoints(name)
        i = int(np.median(np.flatnonzero(known["whole"])))
        _, y0, _, y1 = known["box_px"][i]
        shares[name] = (table.loc[i, "left_shoulder_y"] - table.loc[i, "nose_y"]) / (y1 - y0)
    assert shares["child"] > 1.2 * shares["side_walk"]


def test_the_camera_backs_before_him() -> None:
    _, known = sample_clip("backing_camera")
    heights = np.array([box[3] - box[1] for box in known["box_px"]])
    assert np.ptp(heights) < 0.15 * heights.mean()
    assert [walk["direction"] for walk in known["passes"]] == ["toward"]


def test_slow_motion_says_so_and_real_time_is_a_quarter_of_the_files() -> None:
    _, known = sample_clip("slow_motion")
    assert float(metadata("slow_motion")["com.android.capture.fps"]) == 120
    assert known["clock_stretch"] == 4
    assert known["capture_fps"] == pytest.approx(120)
    assert known["fps"] == pytest.approx(30)
    assert np.array(known["file_time_s"]) == pytest.approx(4 * np.array(known["time_s"]), abs=1e-5)
    assert 100 < known["cadence_steps_per_min"] < 125


def test_the_same_in_slow_motion_and_nobody_says_so() -> None:
    assert "com.android.capture.fps" not in metadata("slow_motion_untold")
    told, untold = (pictures(name, [150, 250]) for name in ("slow_motion", "slow_motion_untold"))
    assert all((a == b).all() for a, b in zip(told, untold, strict=True))
    assert sample_clip("slow_motion")[1]["events"] == sample_clip("slow_motion_untold")[1]["events"]


def test_the_passers_by_are_small_and_nobody_is_the_subject() -> None:
    _, known = sample_clip("passers_by")
    assert not known["measurable"]
    assert known["events"] == []
    assert "box_px" not in known
    assert len(known["other_people"]) == known["n_people"] == 5
    heights = [box[3] - box[1] for other in known["other_people"] for box in other["box_px"] if box]
    assert 55 < np.median(heights) < 85


def test_nothing_can_be_measured_from_the_ceiling() -> None:
    _, known = sample_clip("ceiling")
    assert not known["measurable"]
    camera = HARD["ceiling"]().camera(0.0)
    assert np.degrees(np.arcsin(-camera.axes[2, 2])) > 50


@pytest.mark.parametrize("name", [name for name in HARD if name != "slow_motion_untold"])
def test_blazepose_takes_the_figure_for_a_person(name: str) -> None:
    """In most of some ten pictures, on a square twice as large as the person."""
    pytest.importorskip("ai_edge_litert")
    from gait.litert import Network, is_ready

    if not is_ready("detector"):
        pytest.skip("the detector's weights are not here")
    _, known = sample_clip(name)
    boxes = known["box_px"] if "box_px" in known else known["other_people"][0]["box_px"]
    whole = known.get("whole", [box is not None for box in boxes])
    shown = [i for i, seen in enumerate(whole) if seen]
    shown = shown[:: max(1, len(shown) // 10)]
    network, scores = Network("detector"), []
    for i, picture in zip(shown, pictures(name, shown), strict=True):
        x0, y0, x1, y1 = boxes[i]
        half = int(max(x1 - x0, y1 - y0))
        padded = np.pad(picture, ((half, half), (half, half), (0, 0)))
        left, top = int((x0 + x1) / 2), int((y0 + y1) / 2)
        crop = cv2.resize(
            padded[top : top + 2 * half, left : left + 2 * half], (224, 224), interpolation=cv2.INTER_AREA
        )
        logits = next(o for o in network.run(crop.astype(np.float32) / 127.5 - 1) if o.shape[-1] == 1)
        scores.append(1 / (1 + np.exp(-logits.max())))
    assert np.median(scores) > 0.6
