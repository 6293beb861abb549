"""How right the foot strikes and foot offs are.

    python benchmarks/accuracy.py [--only simulator] [--draws 6] [--walks 5] [--seed 0] [--myogait PYTHON]

Needs no network. Each section prints its tables; a section whose data are not on this machine says so and is left out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.clips import CLIPS, measured_clip
from benchmarks.conditions import CONDITIONS, USUAL, simulated, split_events
from benchmarks.lab import Camera, LabWalk, NoLabDataError, View, camera_view, lab_walks, random_camera
from benchmarks.rival import NoRivalError, rival_events
from benchmarks.scoring import NOTHING, Matches, interval_errors, match_events, row_of, row_of_intervals, table
from gait.analysis.analyze import analyze
from gait.analysis.events.find import find_events
from gait.analysis.events.methods import METHODS
from gait.analysis.view.scene import describe_scene
from gait.columns import TURN
from gait.config import EventSettings, SignalSettings
from gait.signals.clean import clean_poses
from gait.types import PoseSequence

Drawn = dict[str, object]
Draw = Callable[[np.random.Generator], Drawn]


def _camera(off_plane_deg: float | tuple[float, float] = (0, 10), **fixed: object) -> Draw:
    """Return what draws a camera: off the plane to either side by an angle, or by one from a range."""

    def draw(rng: np.random.Generator) -> Drawn:
        low, high = off_plane_deg if isinstance(off_plane_deg, tuple) else (off_plane_deg, off_plane_deg)
        return {"off_plane_deg": float(rng.choice([-1, 1]) * rng.uniform(low, high)), **fixed}

    return draw


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    draws: int
    seed: int
    walks: int
    myogait: str | None


REFERENCE = "side, 0-10 deg, 30 fps, 2 px"
SIDE_CONDITIONS: dict[str, Draw] = {
    REFERENCE: _camera(),
    "no noise, 60 fps": _camera(fps=60, noise_px=0),
    "25 fps": _camera(fps=25),
    "50 fps": _camera(fps=50),
    "60 fps": _camera(fps=60),
    "jittered frames": _camera(jitter=0.2),
    "20 deg, 4 px, 5 % lost": _camera(20, noise_px=4, dropout=0.05),
    "30 deg": _camera(30),
    "5 px, 10 % lost": _camera(noise_px=5, dropout=0.1),
    "legs exchanged in 10 %": _camera(swap_share=0.1),
    "far leg hidden, exchanged, 3 px": _camera(noise_px=3, occlusion=True, swap_share=0.1, dropout=0.05),
}
"""Phase, side (left or right) and distance (3 to 6 m) are drawn in all of them."""
RIVAL_LAB = (REFERENCE, "20 deg, 4 px, 5 % lost")
RIVAL_SIMULATED = (USUAL, "slow", "shuffling", "hemiparetic", "standing before and after")


def lab_section(options: Options) -> None:
    """Straight laboratory walks from the side: every condition, and every method in the first one."""
    straight = [walk for walk in lab_walks() if not walk.turns]
    rows = []
    for condition, draw in SIDE_CONDITIONS.items():
        methods = tuple(METHODS) if condition == REFERENCE else ("auto",)
        found = {(kind, method): NOTHING for kind in ("strike", "off") for method in methods}
        for _, view in _views(straight, draw, options.draws, options.seed):
            for (kind, method), matches in _found_in(view, methods).items():
                found[kind, method] += matches
        rows += [
            {"condition": condition, "method": method, "kind": kind, **row_of(matches)}
            for (kind, method), matches in found.items()
        ]
    print(f"\nLaboratory walks from the side ({len(straight)} walks, {options.draws} cameras each)\n")
    print(table(rows))


def turn_section(options: Options) -> None:
    """Laboratory walks that turn by a right angle: from the side at first, then toward or away from the camera."""
    turning = [walk for walk in lab_walks() if walk.turns]
    found = {"side": NOTHING, "in the turn": NOTHING, "toward": NOTHING, "away": NOTHING, "whole walk": NOTHING}
    offs_from_the_front = 0

    def draw(rng: np.random.Generator) -> Drawn:
        return {"distance_m": float(rng.uniform(5, 8))}

    for _, view in _views(turning, draw, options.draws, options.seed):
        events = find_events(clean_poses(view.poses, SignalSettings()), view.scene, EventSettings()).table
        for pass_ in view.scene.passes:
            inside = events[events["pass_number"] == pass_.number]
            true = view.events[view.events["time_s"].between(pass_.start_s, pass_.end_s, inclusive="left")]
            name = "side" if pass_.view == "sagittal" else pass_.direction
            found[name] += match_events(inside, true, "strike")
            offs_from_the_front += int(name != "side" and (inside["kind"] == "off").sum())
        for before, after in pairwise(view.scene.passes):
            true = view.events[view.events["time_s"].between(before.end_s, after.start_s, inclusive="left")]
            found["in the turn"] += match_events(events[events["pass_number"] == TURN], true, "strike")
        found["whole walk"] += match_events(events, view.events, "strike")
    print(f"\nLaboratory walks that turn ({len(turning)} walks, {options.draws} cameras each), strikes\n")
    print(table({"seen": name, **row_of(matches)} for name, matches in found.items()))
    print(f"\nFoot offs claimed toward or away from the camera: {offs_from_the_front}")


def sides_section(options: Options) -> None:
    """Frames in which the left leg is called left, before and after cleaning."""
    rows = []
    for share in (0.0, 0.1, 0.2, 0.3):
        for noise_px, occlusion in ((2.0, False), (4.0, True)):
            draw = _camera((0, 20), swap_share=share, noise_px=noise_px, occlusion=occlusion, dropout=0.05)
            before, after, worse, uncertain = [], [], 0, []
            for _, view in _views(lab_walks(), draw, max(1, options.draws // 4), options.seed):
                clean = clean_poses(view.poses, SignalSettings())
                wrong = clean.swapped != view.swapped
                before.append(view.swapped.mean())
                after.append(wrong.mean())
                worse += int(wrong.sum() > view.swapped.sum())
                times = view.poses.time_s
                uncertain.append(sum(((times >= a) & (times < b)).mean() for a, b in clean.uncertain_sides))
            rows.append(
                {
                    "noise px": noise_px,
                    "far leg hidden": occlusion,
                    "wrong before %": 100 * float(np.mean(before)),
                    "wrong after %": 100 * float(np.mean(after)),
                    "clips made worse": worse,
                    "said to be uncertain %": 100 * float(np.mean(uncertain)),
                }
            )
    print("\nLeft and right leg (straight and turning walks)\n")
    print(table(rows))


def simulator_section(options: Options) -> None:
    """Simulated walks from joints to measures: every way of walking and of filming."""
    rows, intervals = [], []
    for name, condition in CONDITIONS.items():
        found = {(where, kind): NOTHING for where in ("passes", "turn") for kind in ("strike", "off")}
        errors: dict[str, list[float]] = {"cadence": [], "step time": [], "stance": []}
        refused = 0
        for poses, truth in simulated(condition, options.walks, options.seed):
            result = analyze(poses)
            wanted, turning, spare = split_events(poses, truth)
            for kind in ("strike", "off"):
                found["passes", kind] += match_events(result.events, wanted, kind, pd.concat([turning, spare]))
                found["turn", kind] += match_events(result.events, turning, kind, pd.concat([wanted, spare]))
            for measure, values in interval_errors(result.measures, truth.events).items():
                errors[measure] += values
            refused += not result.scene.walking
        frontal = condition.filmed.get("direction") in ("toward", "away")
        for (where, kind), matches in found.items():
            if kind == "strike" and where == "turn" and "steps_per_pass" in condition.filmed:
                rows.append({"condition": f"{name}: strikes of the turn", "kind": kind, **row_of(matches)})
            if where == "passes" and not (kind == "off" and frontal and not matches.n_found):
                rows.append({"condition": name, "kind": kind, **row_of(matches)})
        intervals.append({"condition": name, "refused": refused, **row_of_intervals(errors)})
    print(f"\nSimulated walks ({options.walks} of each condition)\n")
    print(table(rows))
    print("\nMeans of each walk; cadence in steps/min\n")
    print(table(intervals))


def clips_section(options: Options) -> None:
    """Rendered clips through the person detector and the real pose model."""
    rows, intervals = [], []
    for name in CLIPS:
        result, wanted, spare = measured_clip(name)
        for kind in ("strike", "off"):
            matches = match_events(result.events, wanted, kind, spare)
            if kind == "strike" or result.scene.view != "frontal":
                rows.append({"clip": name, "kind": kind, **row_of(matches)})
        errors = interval_errors(result.measures, pd.concat([wanted, spare]))
        intervals.append({"clip": name, "model": result.poses.model, **row_of_intervals(errors)})
    print("\nRendered clips\n")
    print(table(rows))
    print("\nMeans of each clip; cadence in steps/min\n")
    print(table(intervals))


def rival_section(options: Options) -> None:
    """Side views by this tool, by plain Zeni and by myogait, from the same joints."""
    straight = [walk for walk in lab_walks() if not walk.turns]
    clips: dict[str, list[tuple[PoseSequence, pd.DataFrame, pd.DataFrame | None]]] = {}
    for name in RIVAL_LAB:
        views = _views(straight, SIDE_CONDITIONS[name], max(1, options.draws // 2), options.seed)
        clips[f"laboratory: {name}"] = [(view.poses, view.events, None) for _, view in views]
    for name in RIVAL_SIMULATED:
        clips[f"simulated: {name}"] = []
        for poses, truth in simulated(CONDITIONS[name], options.walks, options.seed):
            wanted, turning, spare = split_events(poses, truth)
            clips[f"simulated: {name}"].append((poses, wanted, pd.concat([turning, spare])))
    rows = []
    for name, filmed in clips.items():
        found = {method: [_found(poses, method) for poses, *_ in filmed] for method in ("auto", "zeni")}
        found |= rival_events([poses for poses, *_ in filmed], options.myogait)
        for method, tables in found.items():
            for kind in ("strike", "off"):
                matches = NOTHING
                for events, (_, true, beside) in zip(tables, filmed, strict=True):
                    matches += match_events(events, true, kind, beside)
                rows.append({"condition": name, "method": method, "kind": kind, **row_of(matches)})
    print("\nBeside plain Zeni and myogait, from the same joints\n")
    print(table(rows))


def _found(poses: PoseSequence, method: str) -> pd.DataFrame:
    clean = clean_poses(poses, SignalSettings())
    return find_events(clean, describe_scene(clean), EventSettings(method=method)).table


def _views(walks: list[LabWalk], draw: Draw, draws: int, seed: int) -> Iterator[tuple[Camera, View]]:
    rng = np.random.default_rng(seed)
    for walk in walks:
        for _ in range(draws):
            camera = random_camera(rng, **draw(rng))
            yield camera, camera_view(walk, camera, rng)


def _found_in(view: View, methods: tuple[str, ...]) -> dict[tuple[str, str], Matches]:
    clean = clean_poses(view.poses, SignalSettings())
    tables = {method: find_events(clean, view.scene, EventSettings(method=method)).table for method in methods}
    return {
        (kind, method): match_events(found, view.events, kind)
        for kind in ("strike", "off")
        for method, found in tables.items()
    }


SECTIONS: dict[str, Callable[[Options], None]] = {
    "lab": lab_section,
    "turn": turn_section,
    "sides": sides_section,
    "simulator": simulator_section,
    "clips": clips_section,
    "rival": rival_section,
}


def main() -> None:
    """Run the sections that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=6, help="cameras per laboratory walk and condition")
    parser.add_argument("--walks", type=int, default=5, help="simulated walks per condition")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=SECTIONS, help="one section alone")
    parser.add_argument("--myogait", metavar="PYTHON", help="an interpreter that has myogait, to compare with")
    given = parser.parse_args()
    options = Options(draws=given.draws, seed=given.seed, walks=given.walks, myogait=given.myogait)
    started = time.monotonic()
    for name, section in SECTIONS.items():
        if given.only in (None, name):
            try:
                section(options)
            except (NoLabDataError, NoRivalError) as missing:
                print(f"\nSection {name!r} left out: {missing}")
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
