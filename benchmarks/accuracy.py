"""How right the foot strikes and foot offs are.

    python benchmarks/accuracy.py [--draws 6] [--seed 0]

Needs no network. Each section prints a table; a section whose data are not on this machine says so and is left out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lab import Camera, LabWalk, NoLabDataError, View, camera_view, lab_walks, random_camera
from benchmarks.scoring import NOTHING, Matches, match_events, row_of, table
from gait.analysis.event_methods import METHODS
from gait.analysis.events import find_events
from gait.config import EventSettings, SignalSettings
from gait.signals.clean import clean_poses

Drawn = dict[str, object]
Draw = Callable[[np.random.Generator], Drawn]


def _camera(off_plane_deg: float | tuple[float, float] = (0, 10), **fixed: object) -> Draw:
    """Return what draws a camera: off the plane to either side by an angle, or by one from a range."""

    def draw(rng: np.random.Generator) -> Drawn:
        low, high = off_plane_deg if isinstance(off_plane_deg, tuple) else (off_plane_deg, off_plane_deg)
        return {"off_plane_deg": float(rng.choice([-1, 1]) * rng.uniform(low, high)), **fixed}

    return draw


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


def lab_section(draws: int, seed: int) -> None:
    """Straight laboratory walks from the side: every condition, and every method in the first one."""
    straight = [walk for walk in lab_walks() if not walk.turns]
    rows = []
    for condition, draw in SIDE_CONDITIONS.items():
        methods = tuple(METHODS) if condition == REFERENCE else ("auto",)
        found = {(kind, method): NOTHING for kind in ("strike", "off") for method in methods}
        for _, view in _views(straight, draw, draws, seed):
            for (kind, method), matches in _found_in(view, methods).items():
                found[kind, method] += matches
        rows += [
            {"condition": condition, "method": method, "kind": kind, **row_of(matches)}
            for (kind, method), matches in found.items()
        ]
    print(f"\nLaboratory walks from the side ({len(straight)} walks, {draws} cameras each)\n")
    print(table(rows))


def turn_section(draws: int, seed: int) -> None:
    """Laboratory walks that turn by a right angle: from the side at first, then toward or away from the camera."""
    turning = [walk for walk in lab_walks() if walk.turns]
    found = {"side": NOTHING, "toward": NOTHING, "away": NOTHING}
    offs_from_the_front = 0

    def draw(rng: np.random.Generator) -> Drawn:
        return {"distance_m": float(rng.uniform(5, 8))}

    for _, view in _views(turning, draw, draws, seed):
        events = find_events(clean_poses(view.poses, SignalSettings()), view.scene, EventSettings()).table
        for pass_ in view.scene.passes:
            inside = events[events["pass_number"] == pass_.number]
            true = view.events[view.events["time_s"].between(pass_.start_s, pass_.end_s, inclusive="left")]
            name = "side" if pass_.view == "sagittal" else pass_.direction
            found[name] += match_events(inside, true, "strike")
            offs_from_the_front += int(name != "side" and (inside["kind"] == "off").sum())
    print(f"\nLaboratory walks that turn ({len(turning)} walks, {draws} cameras each), strikes\n")
    print(table({"seen": name, **row_of(matches)} for name, matches in found.items()))
    print(f"\nFoot offs claimed toward or away from the camera: {offs_from_the_front}")


def sides_section(draws: int, seed: int) -> None:
    """Frames in which the left leg is called left, before and after cleaning."""
    rows = []
    for share in (0.0, 0.1, 0.2, 0.3):
        for noise_px, occlusion in ((2.0, False), (4.0, True)):
            draw = _camera((0, 20), swap_share=share, noise_px=noise_px, occlusion=occlusion, dropout=0.05)
            before, after, worse, uncertain = [], [], 0, []
            for _, view in _views(lab_walks(), draw, max(1, draws // 4), seed):
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


SECTIONS: dict[str, Callable[[int, int], None]] = {"lab": lab_section, "turn": turn_section, "sides": sides_section}


def main() -> None:
    """Run the sections that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=6, help="cameras per walk and condition")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=SECTIONS, help="one section alone")
    options = parser.parse_args()
    started = time.monotonic()
    for name, section in SECTIONS.items():
        if options.only in (None, name):
            try:
                section(options.draws, options.seed)
            except NoLabDataError as missing:
                print(f"\nSection {name!r} left out: {missing}")
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
