"""Do the 95 % intervals hold the truth with the real pose model? Random walkers, rendered and looked at by BlazePose.

    python benchmarks/rendered.py --cache FOLDER [--walkers 40] [--first 0] [--model blazepose] [--measure knee_rom]

Each walker and camera differ (`random_walkers.py`). What takes long, drawing the clip and finding the joints in it by
the program's own stages, is done once and kept in the folder, one pickle a walker; the analysis is run again each time.
The truth of the timing and the lengths is the walker's habit, that of the angles the mean of the strides in view.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sample_videos"))

import numpy as np
import pandas as pd
from renderer.clip import write
from renderer.truth import sagittal_angles, trunk_lean, truth
from renderer.walker import move

from benchmarks.conditions import EDGE_S
from benchmarks.random_walkers import PACES, Drawn, draw
from benchmarks.scoring import NOTHING, Matches, match_events, row_of, table
from gait.analysis.analyze import analyze
from gait.analysis.measures.cycles import PERCENT
from gait.analysis.measures.key_angles import key_angles
from gait.columns import WITHHELD
from gait.config import PoseSettings, SubjectSettings
from gait.pose.model import canonical_only
from gait.pose.registry import open_model
from gait.skeleton import SIDES
from gait.subject.follow import follow_subject
from gait.types import FloatArray, PoseSequence, Result
from gait.video.reader import open_video

COLUMNS = "walker pace limps is_child leg side fps body_px off_plane_deg n true value error half held"
RANGES = ("hip", "knee", "ankle")
TRUTH_HZ = 100.0
NEAR_S = 0.15
"""A strike belongs to a true one this near."""


@dataclass(frozen=True, kw_only=True)
class Filmed:
    """A rendered walker as the pose model saw it, and what is true.

    Attributes
    ----------
    number : int
    about : dict
        pace, limps, is_child, turns, off_plane_deg, distance_m, fps, height_m, body_px, direction.
    habit : dict
        step_time_s, step_length_m and stance, by side.
    poses : PoseSequence
    truth : dict
        Of `renderer.truth.truth`: events, unseen_events, steps, strides, passes, ... without what is said by frame.
    curves : DataFrame
        100 times a second: time_s, left_hip_deg, ..., trunk_lean_forward_deg, trunk_lean_right_deg.
    """

    number: int
    about: dict[str, Any]
    habit: dict[str, dict[str, float]]
    poses: PoseSequence
    truth: dict[str, Any]
    curves: pd.DataFrame

    def near(self, time_s: float) -> str | None:
        """Return the side that is toward the camera, None outside the passes."""
        for walk in self.truth["passes"]:
            if walk["start_s"] <= time_s <= walk["end_s"]:
                return str(walk["direction"])
        return None

    @property
    def near_side(self) -> str | None:
        """The side toward the camera, None where it changes."""
        return None if self.about["turns"] else str(self.about["direction"])


def film(number: int, folder: Path, model: str) -> Filmed:
    """Draw a walker's clip and find the joints in it, or read what was found before."""
    kept = folder / f"walker_{number:02d}.{model}.pickle"
    if kept.exists():
        return Filmed(**pickle.loads(kept.read_bytes()))
    drawn = draw(number)
    video = folder / f"{drawn.clip.name}.mp4"
    if not video.exists():
        fresh = video.with_suffix(".part.mp4")
        write(drawn.clip, fresh, os.cpu_count() or 1)
        fresh.rename(video)
    filmed = _filmed(drawn, find_joints(video, model))
    kept.write_bytes(pickle.dumps(vars(filmed)))
    return filmed


def find_joints(video: Path, model: str) -> PoseSequence:
    """Return the joints of the person in a video, by the stages of a run."""
    clip = open_video(video)
    with open_model(PoseSettings(model=model)) as network:
        track = follow_subject(clip, SubjectSettings(), confirm=network.check_person)
        return canonical_only(network.estimate(clip, track))


def _filmed(drawn: Drawn, poses: PoseSequence) -> Filmed:
    walker, camera = drawn.walker, drawn.clip.camera(0.0)
    by_frame = ("box_px", "whole", "time_s", "other_people", "left_on_ground", "right_on_ground")
    known = truth(drawn.clip)
    time_s = np.arange(0, drawn.clip.time_s[-1], 1 / TRUTH_HZ)
    motion = move(walker, time_s)
    lean = dict(zip(("trunk_lean_forward_deg", "trunk_lean_right_deg"), trunk_lean(motion), strict=True))
    angles = {f"{s}_{joint}_deg": a for s in SIDES for joint, a in sagittal_angles(motion, s).items()}
    whole = np.array(known["time_s"])[np.flatnonzero(known["whole"])[[0, -1]]].tolist()
    return Filmed(
        number=drawn.number,
        about={
            "pace": drawn.pace, "limps": drawn.limps, "is_child": drawn.is_child, "turns": drawn.turns,
            "off_plane_deg": drawn.off_plane_deg, "distance_m": drawn.distance_m, "fps": drawn.fps,
            "height_m": walker.body.height_m, "direction": drawn.clip.direction,
            "body_px": camera.focal_px * walker.body.height_m / drawn.distance_m,
        },
        habit={
            name: {s: getattr(walker.style, name).of(s) for s in SIDES}
            for name in ("step_time_s", "step_length_m", "stance")
        },
        poses=poses,
        truth={k: v for k, v in known.items() if k not in by_frame and not k.endswith("_deg")} | {"whole_s": whole},
        curves=pd.DataFrame({"time_s": time_s, **angles, **lean}),
    )  # fmt: skip


def true_values(filmed: Filmed) -> dict[tuple[str, str], float]:
    """Return what each measure should be, by (measure, side); lengths in body heights, from footprint to footprint."""
    step_s, stance = filmed.habit["step_time_s"], filmed.habit["stance"]
    length = {s: filmed.habit["step_length_m"][s] / filmed.about["height_m"] for s in SIDES}
    stride_s, stride_bh = sum(step_s.values()), sum(length.values())
    values: dict[tuple[str, str], float] = {
        ("cadence", "both"): 120 / stride_s,
        ("speed_relative", "both"): stride_bh / stride_s,
        ("step_time_asymmetry", "both"): 200 * (step_s["left"] - step_s["right"]) / stride_s,
        ("stance_asymmetry", "both"): 100 * (stance["left"] - stance["right"]),
        ("step_length_asymmetry", "both"): 200 * (length["left"] - length["right"]) / stride_bh,
        ("swing_time_asymmetry", "both"): 100 * abs(float(np.log((1 - stance["left"]) / (1 - stance["right"])))),
        ("trunk_lean_forward", "both"): float(filmed.curves["trunk_lean_forward_deg"].mean()),
        ("step_length_cv", "both"): true_step_length_cv(filmed),
    }
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        values |= {
            ("step_time", side): step_s[side],
            ("stride_time", side): stride_s,
            ("stance", side): 100 * stance[side],
            ("swing", side): 100 * (1 - stance[side]),
            ("single_support", side): 100 * (1 - stance[other]),
            ("double_support", side): 100 * (sum(stance.values()) - 1),
            ("step_length_relative", side): length[side],
            ("stride_length_relative", side): stride_bh,
            **{(name, side): angle for name, angle in true_angles(filmed, side).items()},
        }
    return values


def true_step_length_cv(filmed: Filmed) -> float:
    """Return how much the true steps in the passes vary, in percent: those beside a turn are shorter."""
    steps = pd.DataFrame([step for step in filmed.truth["steps"] if filmed.near(step["time_s"])])
    lengths = steps.groupby("side")["footprint_length_m"]
    df = lengths.size() - 1
    return 100 * float(np.sqrt((lengths.var() * df).sum() / df.sum()) / steps["footprint_length_m"].mean())


def step_length_errors_bh(filmed: Filmed, result: Result) -> list[FloatArray]:
    """Return the errors of the single steps of each side about their mean, in body heights."""
    true = pd.DataFrame(filmed.truth["steps"])
    errors = []
    for side, mine in result.strides[result.strides["valid"].astype(bool)].groupby("side"):
        beside = true[true["side"] == side]
        near = np.abs(mine["end_s"].to_numpy()[:, None] - beside["time_s"].to_numpy()[None]) < NEAR_S
        found, of = np.nonzero(near & mine["step_length_bh"].notna().to_numpy()[:, None])
        lengths = beside["footprint_length_m"].to_numpy()[of] / filmed.about["height_m"]
        error = mine["step_length_bh"].to_numpy()[found] - lengths
        errors += [error - error.mean()] if len(error) > 1 else []
    return errors


def true_angles(filmed: Filmed, side: str) -> dict[str, float]:
    """Return ranges and key angles: means over the true strides of a pass; over all where none lies in a pass."""
    mine = [s for s in filmed.truth["strides"] if s["side"] == side]
    straight = [s for s in mine if filmed.near(s["start_s"]) and filmed.near(s["start_s"]) == filmed.near(s["end_s"])]
    times = [s["start_s"] + PERCENT / 100 * s["stride_time_s"] for s in straight or mine]
    if not times:
        return {}
    curves = {
        joint: np.interp(times, filmed.curves["time_s"], filmed.curves[f"{side}_{joint}_deg"]) for joint in RANGES
    }
    angles = {f"{joint}_rom": np.ptp(curve, axis=1) for joint, curve in curves.items()} | key_angles(**curves)
    return {name: float(values.mean()) for name, values in angles.items()}


def true_events(filmed: Filmed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events that must be found, and those that may be: near the edges of the picture, or in a turn."""
    seen, unseen = (pd.DataFrame(filmed.truth[key]) for key in ("events", "unseen_events"))
    first_s, last_s = filmed.truth["whole_s"][0] + EDGE_S, filmed.truth["whole_s"][1] - EDGE_S
    inside = seen["time_s"].between(first_s, last_s) & np.array([filmed.near(t) is not None for t in seen["time_s"]])
    return seen[inside], pd.concat([seen[~inside], unseen])


def compare(filmed: Filmed, result: Result) -> list[dict[str, object]]:
    """Return one row per measure and side that is known and given."""
    given = result.measures.set_index(["measure", "side"])
    rows: list[dict[str, object]] = []
    for (measure, side), true in true_values(filmed).items():
        row = given.loc[(measure, side)]
        near = filmed.near_side
        leg = "" if side == "both" else "turns" if near is None else "near" if side == near else "far"
        is_given = row["status"] != WITHHELD and np.isfinite(true)
        rows.append(
            {
                "walker": filmed.number, **filmed.about, "measure": measure, "side": side, "leg": leg,
                "given": is_given, "true": true, "value": row["value"], "n": row["n"], "reason": row["reason"],
                "held": bool(row["ci_low"] <= true <= row["ci_high"]) if is_given else np.nan,
                "error": row["value"] - true if is_given else np.nan,
                "half": (row["ci_high"] - row["ci_low"]) / 2,
            }
        )  # fmt: skip
    return rows


def summary(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return one row per group: intervals given, share of them that hold the truth, errors, usual half width."""
    grouped = rows.groupby(by, sort=False)
    return pd.DataFrame(
        {
            "n": grouped.size(),
            "given": grouped["given"].sum(),
            "holds %": (100 * grouped["held"].apply(lambda h: h.dropna().astype(float).mean())).round(1),
            "bias": grouped["error"].mean().round(4),
            "MAE": grouped["error"].apply(lambda e: e.abs().mean()).round(4),
            "half width": grouped["half"].median().round(4),
        }
    )


def walkers(folder: Path, numbers: range, model: str) -> Iterator[Filmed]:
    """Yield the walkers, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        yield film(number, folder, model)


def main() -> None:
    """Draw and look where that is still to be done, then analyze and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for clips and joints")
    parser.add_argument("--walkers", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--model", default="blazepose")
    parser.add_argument("--measure", help="every walker's row of this measure")
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    events: dict[tuple[str, str], Matches] = {}
    step_sd_bh: list[tuple[float, int]] = []
    for filmed in walkers(options.cache, range(options.first, options.first + options.walkers), options.model):
        result = analyze(filmed.poses)
        rows += compare(filmed, result)
        if steps := step_length_errors_bh(filmed, result):
            df = sum(len(side) - 1 for side in steps)
            step_sd_bh.append((float(np.sqrt(sum((side**2).sum() for side in steps) / df)), df))
        wanted, spare = true_events(filmed)
        for kind in ("strike", "off"):
            key = (str(filmed.about["pace"]), kind)
            events[key] = events.get(key, NOTHING) + match_events(result.events, wanted, kind, spare)
    walks = pd.DataFrame(rows)
    print(f"{walks['walker'].nunique()} rendered walkers, {options.model}\n")
    print(summary(walks, ["measure"]).to_string())
    print("\nNear and far leg (turns: each is near in some passes)\n")
    print(summary(walks[walks["leg"] != ""], ["measure", "leg"]).to_string())
    print("\nBy pace\n")
    print(summary(walks, ["measure", "pace"]).to_string())
    sd_bh, df_of = np.array(step_sd_bh).T
    print("\nSingle steps: SD of the error of their length about the mean of their side, in body heights")
    usual_bh = np.sqrt(np.average(sd_bh**2, weights=df_of))
    print(f"  all {usual_bh:.4f}, 19 of 20 walkers under {np.quantile(sd_bh, 0.95):.4f}")
    print("\nEvents\n")
    order = [(pace, kind) for kind in ("strike", "off") for pace in PACES if (pace, kind) in events]
    print(table({"pace": pace, "kind": kind, **row_of(events[pace, kind])} for pace, kind in order))
    if options.measure:
        print()
        print(walks.loc[walks["measure"] == options.measure, COLUMNS.split()].round(2).to_string(index=False))


if __name__ == "__main__":
    main()
