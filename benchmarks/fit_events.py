"""What times a foot strike and a foot off seen from the side: fits the constants, leaving one person out at a time.

    python benchmarks/fit_events.py [--also FOLDER] [--films 6]

Every walk of `benchmarks/plates.py` is filmed several times (30 frames per second, 2 px of noise, a body of 550 px).
Printed are the speeds of the points of the foot at the contacts (`STRIKE_SPEED`, `OFF_SPEED` of
`events.methods`), the leads of the signs (`LEAD_S` of `events.foot_habits`), and, as what to expect
of somebody new, the errors of each person by constants from which that person was left out, how many of the events lie
within 1.96 times their stated SD, and what the errors of strikes and offs make of the time on the ground.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from benchmarks.lab import LabWalk, camera_view, random_camera
from benchmarks.plates import plate_walks
from gait.analysis.events import foot_habits
from gait.analysis.events import methods as event_methods
from gait.analysis.events.find import sagittal_events
from gait.analysis.events.foot_habits import contact_signs, with_habits
from gait.analysis.events.foot_signals import FootSignals, foot_signals
from gait.analysis.events.methods import auto_off, auto_strike
from gait.analysis.events.swings import Swing, find_swings
from gait.config import SignalSettings
from gait.signals.clean import CleanPoses, clean_poses
from gait.types import Scene

SPEEDS = {"strike": event_methods.STRIKE_SPEED, "off": event_methods.OFF_SPEED}
LEADS = foot_habits.LEAD_S
NEAR_S = 0.15
Contact = tuple[FootSignals, Swing, float]
"""Of one film: what the foot does, the swing, and the true time."""


class Film:
    """One walk through one camera."""

    def __init__(self, walk: LabWalk, rng: np.random.Generator, **camera: object) -> None:
        view = camera_view(walk, random_camera(rng, **camera), rng)
        self.person, self.events = walk.subject, view.events
        self.clean: CleanPoses = clean_poses(view.poses, SignalSettings())
        self.scene: Scene = view.scene
        signals = foot_signals(self.clean, view.scene, view.scene.passes[0])
        assert signals is not None
        self.signals = signals
        self.swings = find_swings(signals)

    def contacts(self, kind: str) -> list[Contact]:
        """Return the swings with a true event of this kind."""
        timer = auto_strike if kind == "strike" else auto_off
        found = []
        for swing in self.swings:
            timing = None if (swing.ends_cut if kind == "strike" else swing.starts_cut) else timer(self.signals, swing)
            if timing:
                near = [t for t in self.true_s(swing.side, kind) if abs(t - timing.time_s) < NEAR_S]
                found += [(self.signals, swing, near[0])] if near else []
        return found

    def true_s(self, side: str, kind: str) -> list[float]:
        """Return the true times of the events of one kind and foot."""
        return list(self.events.loc[(self.events["side"] == side) & (self.events["kind"] == kind), "time_s"])

    def errors_s(self, kind: str, *, habits: bool) -> list[tuple[float, float]]:
        """Return found less true of every event of a kind, by the constants as they stand, and the stated SD."""
        found = sagittal_events(self.clean, self.scene, self.scene.passes[0], "auto")
        found = with_habits(found, found) if habits else found
        pairs = [(c.time_s - t, c.sd_s) for c in found if c.kind == kind for t in self.true_s(c.side, kind)]
        return [(error, sd) for error, sd in pairs if abs(error) < NEAR_S]


def fit(films: list[Film], kind: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the speed of each point and the lead of each sign whose error is zero in the mean of the persons."""
    contacts = [(film.person, contact) for film in films for contact in film.contacts(kind)]
    speeds = {point: _zero(lambda v, p=point: _person_mean(contacts, lambda c: _crossing_error_s(c, p, v, kind)))
              for point in SPEEDS[kind]}  # fmt: skip
    SPEEDS[kind].update(speeds)
    leads = {
        sign: lead_s + _person_mean(contacts, lambda c, s=sign: contact_signs(c[0], c[1], kind, c[2]).get(s, np.nan))
        for sign, lead_s in LEADS[kind].items()
    }
    return speeds, leads


def _crossing_error_s(contact: Contact, point: str, speed: float, kind: str) -> float:
    signals, swing, true_s = contact
    if (swing.side, point) not in signals.speed:
        return np.nan
    crossing = event_methods._crossing(signals, swing, point, speed, kind == "strike")
    return crossing[0] - true_s if crossing else np.nan


def _person_mean(contacts: list[tuple[str, Contact]], error_s: Callable[[Contact], float]) -> float:
    """Average over each person's contacts, then over the persons."""
    table = pd.DataFrame([(person, error_s(contact)) for person, contact in contacts], columns=["person", "error_s"])
    return float(table.groupby("person")["error_s"].mean().mean())


def _zero(error_s: Callable[[float], float]) -> float:
    """Return the speed at which the mean error passes zero."""
    speeds = np.arange(0.1, 2.5, 0.05)
    errors = np.array([error_s(v) for v in speeds])
    row = int(np.flatnonzero(np.diff(np.sign(errors)))[0])
    share = errors[row] / (errors[row] - errors[row + 1])
    return float(speeds[row] + share * (speeds[row + 1] - speeds[row]))


def set_constants(kind: str, speeds: dict[str, float], leads: dict[str, float]) -> None:
    """Let the tool use other constants, in this process."""
    SPEEDS[kind].update(speeds)
    LEADS[kind].update(leads)


def main() -> None:
    """Print the constants, and what to expect of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--also", type=Path, help="folder with the two packages (see benchmarks/plates.py)")
    arguments.add_argument("--films", type=int, default=6)
    asked = arguments.parse_args()
    rng = np.random.default_rng(0)
    films = [
        Film(walk, rng, fps=30.0, noise_px=2.0) for walk in plate_walks(also=asked.also) for _ in range(asked.films)
    ]
    people = sorted({film.person for film in films})
    rows = []
    for kind in ("strike", "off"):
        given = dict(SPEEDS[kind]), dict(LEADS[kind])
        for person in people:
            mine = [film for film in films if film.person == person]
            row: dict[str, object] = {"kind": kind, "left out": person}
            for name, constants in (
                ("as given", given), ("fitted without", fit([f for f in films if f.person != person], kind)),
            ):  # fmt: skip
                set_constants(kind, *constants)
                for habits in (False, True):
                    errors = [error for film in mine for error in film.errors_s(kind, habits=habits)]
                    error_ms, sd_ms = 1000 * np.array(errors).T
                    row[f"{name}{', habits' if habits else ''}"] = round(float(error_ms.mean()), 1)
            row["MAE"] = round(float(np.abs(error_ms).mean()), 1)
            row["held %"] = round(100 * float(np.mean(np.abs(error_ms) < 1.96 * sd_ms)))
            rows.append(row)
            set_constants(kind, *given)
        fitted = fit(films, kind)
        set_constants(kind, *given)
        print(kind, *({name: round(value, 3) for name, value in each.items()} for each in fitted), sep="\n  ")
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    numbers = table.groupby("kind")[list(table.columns[2:-2])]
    print("root mean square of the persons' biases, ms", numbers.agg(lambda x: float(np.sqrt((x**2).mean()))).round(1))
    of_new = table.pivot(index="left out", columns="kind", values="fitted without, habits")
    stance_ms = of_new["off"] - of_new["strike"]
    print("time on the ground too long by, ms", stance_ms.round(1).to_string(header=False), sep="\n")
    print(f"root mean square {np.sqrt((stance_ms**2).mean()):.1f}")


if __name__ == "__main__":
    main()
