"""When a foot lands and leaves, told by how it turns: what a person's own habit adds to the speed of the foot.

The speed of a foot times its contacts sharply, but how fast a foot still is when it touches the ground, or already is
when it lets go, differs from person to person, and with the place of a marker on the foot. How the foot turns differs
less: shortly before the strike it begins to come down from its steepest pitch, shortly after the off it begins to turn
back. These signs lie at accelerations and flat extrema, so a single one is noisy. So each event keeps the time that
its speed gives, and all events of one kind are moved together by what the signs say on average: both feet alike,
because a pose model sees the near foot turn otherwise than the far one, and that must not look like a limp.

References
----------
Mariani, Rouhani, Crevoisier, Aminian 2013: Quantitative estimation of foot-flat and stance phase of gait using
foot-worn inertial sensors. Gait & Posture 37.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gait.analysis.events.foot_signals import GRID_S, FootSignals, toes_of
from gait.analysis.events.order import PossibleEvent
from gait.analysis.events.swings import Swing
from gait.types import FloatArray

LEAD_S: dict[str, dict[str, float]] = {
    "strike": {"pitch": -0.035, "pitch_acceleration": -0.040, "toe_acceleration": -0.040},
    "off": {"pitch": 0.045, "pitch_acceleration": 0.026, "toe_acceleration": 0.023},
}
"""How long after the event each sign comes (before it, where negative): mean of the people of
`benchmarks/fit_events.py`, which prints it.

At the strike, the pitch is steepest, the foot begins to come down fastest, and the toes are pulled down hardest; at the
off, the heel is highest over the toes, the foot begins hardest to turn back, and the toes set off hardest.
"""
SPEED_SD_S, SIGN_SD_S = 0.014, 0.006
"""How much the times by the speed, and by one sign, differ between people beyond what they have in common."""
_NOISE_SD_S, _NOISE_WEIGHT = 0.015, 3
"""A single sign at 30 frames per second and 2 px of noise; it counts like so many events of the recording."""
_FARTHEST_S = 0.08
"""A sign that says something else by more than this belongs to another motion."""
_LEAST_PITCH_DEG = 8.0
"""A foot that does not land on its heel by so much does not show its landing by turning."""
_WINDOW_S = 0.06
"""Over which the turning of a foot is averaged: two frames at 30 a second. A judgement."""


def contact_signs(signals: FootSignals, swing: Swing, kind: str, time_s: float) -> dict[str, float]:
    """Return how much later than a given time each sign of a contact puts it, in seconds.

    Parameters
    ----------
    signals : FootSignals
    swing : Swing
    kind : {"strike", "off"}
    time_s : float
        Of the contact by the speed of the foot.
    """
    pitch, toes = signals.pitch_deg.get(swing.side), toes_of(signals.speed, swing.side)
    if pitch is None:
        return {}
    if kind == "strike":
        first, last = swing.peak, min(swing.limit_after, swing.stop + round(_WINDOW_S / GRID_S))
        if not np.nanmax(pitch[first:last], initial=-np.inf) > _LEAST_PITCH_DEG:
            return {}
        turning = -np.gradient(np.gradient(pitch))
        curves = {"pitch": pitch, "pitch_acceleration": turning}
        curves["toe_acceleration"] = -np.gradient(signals.rise[swing.side, toes])
    else:
        first, last = swing.limit_before, swing.peak + 1
        curves = {"pitch": -pitch, "pitch_acceleration": np.gradient(np.gradient(pitch))}
        curves["toe_acceleration"] = np.gradient(signals.speed[swing.side, toes])
    later = {
        name: _peak_s(signals.time_s[first:last], curve[first:last]) - LEAD_S[kind][name] - time_s
        for name, curve in curves.items()
    }
    return {name: value for name, value in later.items() if abs(value) < _FARTHEST_S}


def _peak_s(time_s: FloatArray, curve: FloatArray) -> float:
    """Return when a curve is highest; NaN where it is so at an end, or not known throughout."""
    row = int(np.argmax(curve)) if len(curve) > 2 and np.isfinite(curve).all() else 0
    return float(time_s[row]) if 0 < row < len(curve) - 1 else np.nan


def with_habits(candidates: Sequence[PossibleEvent], like: Sequence[PossibleEvent]) -> list[PossibleEvent]:
    """Move all events of one kind alike, to where the signs put them on average.

    Each sign weighs by how little it differs between people, and by how well the events of the recording show it.

    Parameters
    ----------
    candidates : sequence of PossibleEvent
        What is moved.
    like : sequence of PossibleEvent
        What shows the habit: the events of the whole recording.
    """
    shift_s = {kind: _shift_s([c for c in like if c.kind == kind]) for kind in ("strike", "off")}
    return [replace(c, time_s=c.time_s + shift_s[c.kind]) for c in candidates]


def _shift_s(events: list[PossibleEvent]) -> float:
    weight, moment = 1 / SPEED_SD_S**2, 0.0
    # In one order always: a sum of floats depends on it.
    for name in sorted({name for event in events for name in event.signs_s}):
        later = np.array([event.signs_s[name] for event in events if name in event.signs_s])
        scatter = _NOISE_WEIGHT * _NOISE_SD_S**2 + float(np.sum((later - later.mean()) ** 2))
        own = 1 / (SIGN_SD_S**2 + scatter / (_NOISE_WEIGHT + len(later) - 1) / len(later))
        weight, moment = weight + own, moment + own * float(later.mean())
    return moment / weight
