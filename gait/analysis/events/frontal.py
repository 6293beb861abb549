"""Foot strikes of a pass seen from the front or the back.

Stenum 2024 (Clinical gait analysis using video-based pose estimation: multiple perspectives, clinical populations, and
measuring change, PLOS Digital Health 3) takes the extremes of the difference of the two ankles' heights in the picture.
How long such an extreme comes after a strike hangs on the perspective: two fifths of a step where the camera is low
and far, nothing where it looks down from near behind. So the whole step is compared instead, with usual steps of many
slopes of the ground and shares of swing; each of them says when the feet struck, and they are averaged by how well they
fit and how likely they are beforehand. Foot offs cannot be seen from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import find_peaks

from gait.analysis.events.foot_signals import can_be_sought
from gait.analysis.events.frontal_steps import POINTS, STEP_GRID_S, Feet, Likeness, StepFit, step_swing
from gait.analysis.events.order import PossibleEvent, find_beat
from gait.analysis.geometry import Body
from gait.arrays import nanmean, nanmedian
from gait.optics import FOCAL_WIDTHS
from gait.signals.clean import CleanPoses
from gait.signals.filters import frame_interval_s, resample
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass, PoseSequence, Side

_MARGIN_S = 0.6
"""Looked at before and after a pass: the surroundings of its first and last strike."""
_STEP_S, _USUAL_STEP_S = (0.28, 1.25), 0.5
"""Step times that occur, of a running child and of a frail adult, and the one taken where the feet do not tell."""
_NEARLY = 0.85
"""The feet change places as well at the first step as later on, but for this share."""
_SLOPES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 1.0, 1.5, 3.0)
_CAMERA_LEGS = 1.4
"""Usual height of the camera in leg lengths: 1.2 m over 0.85 m. Over the distance, it is the slope of the ground."""
_REACH_LOG_SD, _LIFT_LOG_SD = 0.4, 0.8
"""Of what is seen of the reach, about that slope: cameras are held higher and lower, focal lengths and steps differ.
And of the lift, about the usual one: some hardly lift their feet, and pose models see less of it than there is."""
_FLAT = 0.05
"""Slopes below this differ little."""
_SWING_AT_HALF_S, _SWING_PER_S, _SWING_LIMITS = 0.39, -0.3, (0.28, 0.42)
"""Usual share of swing at a step time of 0.5 s, how it changes with the step time, and how far. The slow stand longer:
0.43 at 0.43 s and 0.35 at 0.6 s in the laboratory walks whose offs are known, but it cannot fall as steeply beyond."""
_SWING_OFFSETS = (0.04, 0.0, -0.04, -0.08)
_SWING_SD = 0.025
"""Shares of swing tried, about the usual one, and by how much people differ in it (SD; laboratory walks)."""
_EVIDENCE = 2.0
"""Independent observations that a step counts for: few, since no walker and no pose model is quite like the curves."""
_UNLIKE = 0.1
"""Share of the sum of squares that is not expected to be explained, for the same reason."""
_WHOLE, _LANDING = (-1.0, 0.6), (-0.4, 0.3)
"""Windows around a strike, in step times: all that shows the step, and what shows the landing."""
_LEAST_SEEN = 0.6
"""Share of the window that must be seen."""
_PEAKED_ABOVE = 0.25
"""On steeper ground a foot that goes away comes to rest at the top of its path, which says when, by itself."""
_STOPS, _STOPPING, _STOPPING_STEPS = 1.6, (-0.5, 0.2), 0.3
"""No strike for so many step times is a stop; the window around the last before it, and how far that one may stray from
the time of the whole step (SD); in step times."""
_LANDING_STEPS, _LANDING_EVIDENCE = 0.1, 4.0
"""How far the landing strays from the time of the whole step (SD, in step times), and what it counts for."""
_LEAST_LIKENESS = 0.12
"""Of the sum of squares around a strike that a step must explain."""
_LEAST_SWING_LEGS = 0.03
"""Of the difference of the ankles' heights over a stride, below which somebody stands."""
_LEAST_STEP, _LEAST_STRIDE = 0.45, 1.4
"""Shortest time from a strike to the other foot's and to the same foot's next one, in step times."""
_STEP_COST = 0.15
"""What a step must explain to count, as a share of what the best ones do."""
_LEFT_OUT, _LONGEST_STRIDE = 1.0, 3.0
"""What it costs to leave out the other foot's strike between two of one foot, in such costs, and up to which time from
one to the next, in step times, nobody can have stood still."""
_UNEVEN = 0.1
"""Steps differ from each other by about this share, those of a limp included."""
_FAINT = 0.4
"""What a strike between two others must explain at least, in such costs."""
_ALONE = 0.4
"""Share of the error of a strike that the other strikes of its pass do not have."""
_CUT, _CUT_ABOVE, _MOVES = 0.75, 0.05, 0.3
"""Error of a strike of which a share is not seen, in step times for the square of this share (80 ms at 0.44 in
simulated walks); the share that matters; and how far such a strike may stray from the others' rhythm, in steps."""
_BEFORE = 12
"""Possible strikes before one that may be the last real one before it: no more lie within three steps."""
_LANDING_SEEN, _LANDING_REACH, _LEAST_UNLIKE = 0.8, 0.3, 0.01
"""Share of its window that must be seen of a landing; how far from the whole step it is sought, in step times; and what
of it is never explained, so that one perfect likeness does not outweigh all else. Judgements."""
_WEIGHTLESS = 0.01
"""Of the weight of the best kind of step: what is below it makes no difference."""
_SD_S, _UNLIKE_SD_S = 0.025, 0.12
"""Of the time of a strike whose step is just like a usual one, and what is added as a share of what is not explained:
15 ms root mean square in the laboratory walks, 50 in simulated gait disorders, 65 in real clips of which usual steps
explain two thirds. Most of it is the same for all steps of a pass, and cancels in times between them."""
_LIFT_SD_S = 0.06
"""For feet that are lifted e times as far as usual, or so much less: 70 ms in simulated shuffling, which lifts them
half as far, and 86 in a rendered walk of which a pose model shows a fifth of the lift."""


@dataclass(frozen=True)
class _Strike:
    """A strike as one kind of step shows it: row of the grid, side, and what it explains."""

    row: int
    side: Side
    explained: float


@dataclass(frozen=True)
class _Reading:
    """The strikes of a pass, and the feet's lift, as one kind of step (slope of ground, share of swing) has them."""

    slope: FloatArray
    swing_share: float
    likeness: dict[Side, Likeness]
    strikes: list[_Strike]
    lift: float
    log_weight: float


@dataclass(frozen=True, kw_only=True)
class _Stepping:
    """What is seen of the feet in one pass.

    Attributes
    ----------
    grid_s : (N,)
    feet : list of Feet
        Heights of the feet over the hips, on the grid.
    step_s : float
        Time of a step, about.
    nearness : (N,)
        Size of the body over its median; negative where the walk comes toward the camera.
    usual_slope : float
        Of the ground in the picture, from a camera held as usual.
    frame_s : float
        From one frame to the next.
    """

    grid_s: FloatArray
    feet: list[Feet]
    step_s: float
    nearness: FloatArray
    usual_slope: float
    frame_s: float


def frontal_strikes(clean: CleanPoses, pass_: Pass) -> list[PossibleEvent]:
    """Find the strikes of both feet in a pass toward or away from the camera.

    Parameters
    ----------
    clean : CleanPoses
    pass_ : Pass

    Returns
    -------
    list of PossibleEvent
        Strikes only. The confidence is the correlation with a usual step.
    """
    stepping = _stepping(clean.unfiltered, pass_)
    if stepping is None:
        return []
    readings = _readings(stepping)
    weights = np.exp([r.log_weight for r in readings])
    best = readings[int(np.argmax(weights))]
    # What holds for the whole pass: the frames, and feet that are lifted unlike those of others.
    shared_s = float(np.hypot(stepping.frame_s / np.sqrt(12), _LIFT_SD_S * np.log(best.lift)))
    landings: dict[tuple[float, bool], StepFit] = {}
    found: list[PossibleEvent] = []
    cut: list[float] = []
    for strike, after in zip(best.strikes, [*best.strikes[1:], None], strict=True):
        seen = best.likeness[strike.side]
        share = strike.explained / float(seen.total[strike.row])
        swing = float(seen.size[strike.row]) * step_swing(float(best.slope[strike.row]), best.swing_share)
        if share < _LEAST_LIKENESS or swing < _LEAST_SWING_LEGS:
            continue
        stops = after is None or (after.row - strike.row) * STEP_GRID_S > _STOPS * stepping.step_s
        row, spread_s = _place(stepping, readings, weights, strike, landings, stops=stops)
        found.append(
            PossibleEvent(
                time_s=float(stepping.grid_s[0]) + STEP_GRID_S * row,
                side=strike.side,
                kind="strike",
                confidence=float(np.sqrt(share)),
                method="usual_step",
                sd_s=float(np.linalg.norm([_SD_S, _UNLIKE_SD_S * (1 - share), spread_s, shared_s])),
                pass_number=pass_.number,
            )
        )
        cut.append(1 - float(seen.seen[strike.row]))
    return _ends_in_rhythm(_in_rhythm(found, stepping.step_s), cut, stepping.step_s)


def _stepping(poses: PoseSequence, pass_: Pass) -> _Stepping | None:
    """Return how the feet go up and down in a pass; None where too little of it is seen."""
    first, last = np.searchsorted(poses.time_s, [pass_.start_s - _MARGIN_S, pass_.end_s + _MARGIN_S])
    if not can_be_sought(poses.time_s[first:last], STEP_GRID_S):
        return None
    leg_px = _leg_px(poses)[first:last]
    if not np.isfinite(leg_px).any():
        return None
    grid_s = np.arange(poses.time_s[first], poses.time_s[last - 1], STEP_GRID_S)
    feet = _feet(poses, slice(first, last), leg_px, grid_s)
    if not feet:
        return None
    # The ground is seen the steeper the nearer it is, that is, the larger the body.
    nearness = np.interp(grid_s, poses.time_s[first:last], leg_px / nanmedian(leg_px))
    return _Stepping(
        grid_s=grid_s,
        feet=feet,
        step_s=_step_time_s(feet),
        nearness=(1.0 if pass_.direction == "away" else -1.0) * nearness,
        usual_slope=_CAMERA_LEGS * nanmedian(leg_px) / (FOCAL_WIDTHS * max(poses.width_px, poses.height_px)),
        frame_s=frame_interval_s(poses.time_s),
    )


def _place(
    stepping: _Stepping,
    readings: list[_Reading],
    weights: FloatArray,
    strike: _Strike,
    landings: dict[tuple[float, bool], StepFit],
    *,
    stops: bool,
) -> tuple[float, float]:
    """Return the row of a strike as the readings have it on average, and by how much they differ, in seconds."""
    rows, of = [], []
    for reading, weight in zip(readings, weights, strict=True):
        same = _same(reading, strike, stepping.step_s)
        if weight >= _WEIGHTLESS and same is not None:
            rows.append(_settled(stepping.feet, stepping.step_s, reading, same, landings, stops=stops))
            of.append(weight)
    row = float(np.average(rows, weights=of))
    return row, STEP_GRID_S * float(np.sqrt(np.average((np.array(rows) - row) ** 2, weights=of)))


def _in_rhythm(found: list[PossibleEvent], step_s: float) -> list[PossibleEvent]:
    """Move strikes that were seen badly toward the middle of their better seen neighbours, as far as they are unsure.

    A foot that is hidden behind the other comes down about halfway between the strikes of the other one.
    """
    out = list(found)
    for i in range(1, len(found) - 1):
        before, strike, after = found[i - 1 : i + 2]
        clearer = min(before.confidence, after.confidence) > strike.confidence
        if not clearer or before.side == strike.side or after.side == strike.side:
            continue
        if after.time_s - before.time_s > _LONGEST_STRIDE * step_s:
            continue
        middle_s = (before.time_s + after.time_s) / 2
        usual_sd_s = float(np.hypot(_UNEVEN * (after.time_s - before.time_s) / 2, before.sd_s / 2))
        own, usual = strike.sd_s**-2, usual_sd_s**-2
        time_s = (own * strike.time_s + usual * middle_s) / (own + usual)
        out[i] = replace(strike, time_s=float(time_s), sd_s=float((own + usual) ** -0.5))
    return out


def _ends_in_rhythm(found: list[PossibleEvent], cut: list[float], step_s: float) -> list[PossibleEvent]:
    """Move strikes of which the end of the recording hides a part to where the rhythm expects them, as far as unsure.

    One that has no place in the rhythm is left out: half a step is easily mistaken for another.

    Parameters
    ----------
    found : list of PossibleEvent
    cut : list of float
        Share of the step around each of them that was not seen.
    step_s : float
    """
    alone_s = [float(np.hypot(_ALONE * c.sd_s, _CUT * step_s * part**2)) for c, part in zip(found, cut, strict=True)]
    weighed = [replace(c, sd_s=sd_s) for c, sd_s in zip(found, alone_s, strict=True)]
    out = []
    for i, (strike, part) in enumerate(zip(found, cut, strict=True)):
        beat = find_beat(weighed[:i] + weighed[i + 1 :], strike.time_s) if part > _CUT_ABOVE else None
        if beat is None or not beat.regular:
            out.append(strike)
            continue
        expected_s = beat.nearest_s(strike.time_s, strike.side)
        if abs(expected_s - strike.time_s) > _MOVES * step_s:
            continue
        own, usual = alone_s[i] ** -2, beat.sd_s**-2
        time_s = (own * strike.time_s + usual * expected_s) / (own + usual)
        out.append(replace(strike, time_s=float(time_s)))
    return out


def _leg_px(poses: PoseSequence) -> FloatArray:
    """Return the length of the leg over time, (T,), in pixels; NaN where no leg is ever known."""
    leg = Body(poses).leg
    known = np.isfinite(leg)
    return np.interp(poses.time_s, poses.time_s[known], leg[known]) if known.any() else leg


def _feet(poses: PoseSequence, rows: slice, leg_px: FloatArray, grid: FloatArray) -> list[Feet]:
    """Return the heights of the feet over the hips, for each point of the foot that is known.

    Where the hips are hidden they are taken to move evenly: the difference of the feet does not depend on them.
    """
    time_s = poses.time_s[rows]
    hips = nanmean([poses.point(f"{side}_hip")[rows, 1].astype(np.float64) for side in SIDES])
    seen = np.isfinite(hips)
    hips = np.interp(time_s, time_s[seen], hips[seen]) if seen.any() else hips
    feet = []
    for point in POINTS:
        left, right = (
            resample((hips - poses.point(f"{side}_{point}")[rows, 1]) / leg_px, time_s, grid) for side in SIDES
        )
        score = np.min([poses.score[rows, poses.keypoints.index(f"{side}_{point}")] for side in SIDES], axis=0)
        if np.isfinite(left + right).any():
            feet.append(Feet(point, left, right, np.interp(grid, time_s, score)))
    return feet


def _step_time_s(feet: list[Feet]) -> float:
    """Return the time after which the two feet have changed places, on the whole."""
    difference = nanmean([foot.left - foot.right for foot in feet])
    known = np.isfinite(difference)
    centred = np.where(known, difference - nanmedian(difference), 0.0)
    n = len(centred)
    first, last = (min(round(limit / STEP_GRID_S), n // 2) for limit in _STEP_S)
    if last <= first:
        return _USUAL_STEP_S
    opposed = np.array([-np.sum(centred[lag:] * centred[: n - lag]) / (n - lag) for lag in range(first, last + 1)])
    peaks, _ = find_peaks(np.pad(opposed, 1, constant_values=-np.inf), height=_NEARLY * max(opposed.max(), 0.0))
    # Three steps later they have changed places, too.
    return float(first + peaks[0] - 1) * STEP_GRID_S if len(peaks) else _USUAL_STEP_S


def _readings(stepping: _Stepping) -> list[_Reading]:
    """Read the strikes with every slope and share of swing; the largest weight is 1."""
    step_s, nearness = stepping.step_s, stepping.nearness
    usual_swing = float(np.clip(_SWING_AT_HALF_S + _SWING_PER_S * (step_s - 0.5), *_SWING_LIMITS))
    readings = []
    for offset in _SWING_OFFSETS:
        fit = StepFit(stepping.feet, step_s, usual_swing + offset, _WHOLE, _LEAST_SEEN)
        for slope in _SLOPES:
            likeness = fit.likeness(slope * nearness)
            strikes = _alternating(likeness, step_s)
            total = sum(float(likeness[s.side].total[s.row]) for s in strikes)
            explained = sum(s.explained for s in strikes) / total if strikes else 0.0
            lift = float(np.median([likeness[s.side].size[s.row] for s in strikes])) if strikes else 1.0
            unusual = [
                np.log((lift * slope + _FLAT) / (stepping.usual_slope + _FLAT)) / _REACH_LOG_SD,
                np.log(lift) / _LIFT_LOG_SD,
                offset / _SWING_SD,
            ]
            log_weight = -_EVIDENCE * len(strikes) * np.log(1 + _UNLIKE - explained) - np.sum(np.square(unusual)) / 2
            readings.append(
                _Reading(slope * nearness, usual_swing + offset, likeness, strikes, lift, float(log_weight))
            )
    most = max(r.log_weight for r in readings)
    return [replace(r, log_weight=r.log_weight - most) for r in readings]


def _alternating(likeness: dict[Side, Likeness], step_s: float) -> list[_Strike]:
    """Return the strikes that explain most together: the feet take turns, and no step is shorter than usual by half."""
    cost = _STEP_COST * float(np.median([np.percentile(side.explained, 95) for side in likeness.values()]))
    candidates = sorted(
        (
            _Strike(int(row), side, float(one.explained[row]))
            for side, one in likeness.items()
            for row in find_peaks(one.explained, height=max(_FAINT * cost, 1e-12))[0]
        ),
        key=lambda s: s.row,
    )
    best: list[float] = []
    before: list[int] = []
    for i, strike in enumerate(candidates):
        gain, source = 0.0, -1
        for j in range(max(0, i - _BEFORE), i):
            apart = (strike.row - candidates[j].row) * STEP_GRID_S / step_s
            again = candidates[j].side == strike.side
            # The other foot must have come down in between, however badly it was seen.
            before_it = best[j] - (_LEFT_OUT * cost if again and apart < _LONGEST_STRIDE else 0.0)
            if apart >= (_LEAST_STRIDE if again else _LEAST_STEP) and before_it > gain:
                gain, source = before_it, j
        best.append(gain + strike.explained - cost)
        before.append(source)
    chosen: list[_Strike] = []
    at = int(np.argmax(best)) if best else -1
    while at >= 0:
        chosen.append(candidates[at])
        at = before[at]
    return chosen[::-1]


def _same(reading: _Reading, strike: _Strike, step_s: float) -> _Strike | None:
    """Return the strike of another reading that is this one, if it has it."""
    near = [s for s in reading.strikes if s.side == strike.side]
    closest = min(near, key=lambda s: abs(s.row - strike.row), default=None)
    if closest is None or abs(closest.row - strike.row) * STEP_GRID_S > 0.5 * step_s:
        return None
    return closest


def _settled(
    feet: list[Feet],
    step_s: float,
    reading: _Reading,
    strike: _Strike,
    landings: dict[tuple[float, bool], StepFit],
    *,
    stops: bool,
) -> float:
    """Return the row of a strike between those of the grid, by the landing itself where that stands out.

    Where the person stops, no step follows, and only what comes before the strike is like that of a usual one.
    """
    row = strike.row + _vertex(reading.likeness[strike.side].explained, strike.row)
    if reading.slope[strike.row] < _PEAKED_ABOVE:
        return row
    of = (reading.swing_share, stops)
    if of not in landings:
        window = _STOPPING if stops else _LANDING
        landings[of] = StepFit(feet, step_s, reading.swing_share, window, _LANDING_SEEN)
    landing = landings[of].likeness(reading.slope)[strike.side]
    steps = STEP_GRID_S / step_s
    reach = round(_LANDING_REACH / steps)
    near = np.arange(max(strike.row - reach, 0), min(strike.row + reach + 1, len(landing.total)))
    unlike = np.maximum(1 - (landing.explained / landing.total)[near], _LEAST_UNLIKE)
    log_weight = (
        -0.5 * _LANDING_EVIDENCE * np.log(unlike)
        - 0.5 * ((near - row) * steps / (_STOPPING_STEPS if stops else _LANDING_STEPS)) ** 2
    )
    most = int(np.argmax(log_weight))
    return float(near[most] + _vertex(log_weight, most))


def _vertex(values: FloatArray, row: int) -> float:
    """Return how far beside a maximum the vertex of the parabola through its three samples is."""
    if not 0 < row < len(values) - 1:
        return 0.0
    before, at, after = (float(v) for v in values[row - 1 : row + 2])
    bend = before - 2 * at + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0
