"""Which leg is the left one: a property of a leg over time, not of a frame.

Seen from the side, pose models exchange the legs when they pass each other. Each frame is in one of two states, {kept,
exchanged}; the sequence of states that makes all points of both legs move most smoothly is sought with the Viterbi
algorithm. The smoothness of a point is how well a Kalman filter with constant velocity predicts it, so that gaps and
irregular timestamps need no care, and every state keeps the filter of its own best path. That makes the search
approximate: what a filter knows depends on the whole path before. So it is made from either end, the cheaper stretches
of both are taken, and each stretch is weighed once more afterwards, as it is and turned over. The published workflows
do this by hand (Stenum 2021), or only for whole clips.
"""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.arrays import true_runs
from gait.signals.constant_velocity import POINT_SD, Motion
from gait.signals.perspective import near_leg
from gait.skeleton import LEG
from gait.types import Float32Array, FloatArray, IntArray

_TRACKED = ("knee", "ankle", "heel", "big_toe", "small_toe")
"""The hips lie too close together to tell anything; they change places with the rest."""
_CAP = 6.0
"""A single point costs no more than this: one that jumps says nothing about the sides."""
_SHARED_ERROR = 0.5
"""Points of one leg err together, so they count half."""
_SWITCH_COST = 5.0
"""An exchange begins or ends about once in 150 frames: -ln(1 / 150)."""
_MODEL_TRUST_PER_S = 8.0
"""The model is right nine times in ten, and its errors last about a quarter of a second: ln(9) / 0.25 s."""
_SPREADS, _LOG_ODDS = (0.04, 0.07, 0.10, 0.15, 0.25), (4.0, 3.0, 2.2, 1.1, 0.2)
"""Where the model says how unsure it is of each point: spread of the points of the legs, in leg lengths, and how likely
it has the legs right: in 5,600 frames of rendered rooms, BlazePose did in 98 of 100 frames, ..., in a little over half.
"""
_SD_OF_SPREAD, _MOST_SD = 0.5, 0.3
"""What of the spread of a point is the SD of its place (the rest is doubt about the leg), and how much of it counts at
most, in leg lengths. In rendered rooms two of three points lie within 0.5 to 0.8 of it; with 0.4 to 0.6 as many strikes
are found."""
_ERRORS_LAST_S = 0.1
"""So long one exchange lasts where the spread tells of it; a judgement."""
_SURE_SD, _UNSURE_SWITCH_COST = 0.07, 1.5
"""Where the spread is more than this, or nothing was seen, an exchange begins or ends far sooner: once in five frames,
-ln(0.22)."""
_NEAR_TRUST_PER_S = 1.5
"""How much each sign of perspective counts at most; asked only where the model has mixed up the legs anyway."""
_TIE = 3.0
"""Paths whose costs differ by less than this are a tie: odds under 20 to 1."""
_TIE_REACH_S = 0.12
"""Before and after a stretch whose sides are a tie: its ends are no more certain than itself."""
_NEAR_LEGS = 0.25
"""Legs that pass each other come nearer than this, in leg lengths."""
_MEETING_REACH_S = 1.2
"""So far from an exchanged stretch the meeting is sought at which the exchange may have begun or ended: a slow step."""
_WINDOW_S = 0.5
"""Before and after a stretch: long enough for the filter to settle."""


@dataclass(frozen=True, kw_only=True)
class SideAssignment:
    """In which frames the two legs change places.

    Attributes
    ----------
    swapped : bool (T,)
    uncertain : tuple of (start_s, end_s)
        Where the two states cost about the same.
    left, right : tuple of int
        Positions of the points of each leg, in the same order.
    """

    swapped: npt.NDArray[np.bool_]
    uncertain: tuple[tuple[float, float], ...]
    left: tuple[int, ...]
    right: tuple[int, ...]

    def apply(self, values: FloatArray | Float32Array) -> FloatArray:
        """Return (T, K) or (T, K, 2) values with the legs exchanged where they should be."""
        out = np.array(values, dtype=np.float64)
        rows = np.flatnonzero(self.swapped)[:, None]
        left, right = (np.array(side, dtype=np.int64) for side in (self.left, self.right))
        out[rows, left], out[rows, right] = values[rows, right], values[rows, left]
        return out

    def unchanged(self) -> SideAssignment:
        """Return the same without any exchange; what is uncertain stays listed."""
        return replace(self, swapped=np.zeros_like(self.swapped))


def assign_sides(
    xy: FloatArray,
    time_s: FloatArray,
    keypoints: tuple[str, ...],
    leg_px: float,
    sd_px: FloatArray | Float32Array | None = None,
) -> SideAssignment:
    """Decide for each frame whether the model has exchanged the legs.

    Parameters
    ----------
    xy : (T, K, 2)
        Pixels; NaN where unknown.
    time_s : (T,)
    keypoints : K names
    leg_px : float
        Length of the leg.
    sd_px : (T, K), optional
        How unsure the model is of each point.

    Returns
    -------
    SideAssignment
    """
    pairs = {
        joint: (keypoints.index(f"left_{joint}"), keypoints.index(f"right_{joint}"))
        for joint in LEG
        if f"left_{joint}" in keypoints and f"right_{joint}" in keypoints
    }
    tracked = np.array([pairs[joint] for joint in _TRACKED if joint in pairs], dtype=np.int64).reshape(-1, 2).T
    legs = xy[:, tracked] / leg_px  # (T, 2, P, 2)
    swapped, uncertain = np.zeros(len(xy), dtype=bool), np.zeros(len(xy), dtype=bool)
    seen = np.isfinite(legs).any(axis=(1, 2, 3))
    if len(xy) > 2 and seen.any():
        spread = _spread(sd_px, tracked, leg_px)
        told = _Evidence(
            legs=legs,
            noise=_noise(sd_px, tracked, leg_px, legs.shape[:3]),
            time_s=time_s,
            trust=np.where(seen, _model_trust(spread), 0.0),
            switch=_switch_costs(spread, len(xy)),
        )
        first = _best_path(told)
        if first.any():
            near = near_leg(xy, first, time_s, keypoints, leg_px)
            perspective = np.where(seen, _NEAR_TRUST_PER_S * np.where(first, -near, near), 0.0)
            told = replace(told, trust=told.trust + perspective)
            backward = _best_path(told.backward)[::-1]
            swapped = _cheapest([swapped, first, backward], told)
            for other in (backward, first):
                swapped = _with_cheaper(other, swapped, told)
            swapped, uncertain = _refined(_moved(swapped, told), told)
            uncertain |= _undecided(swapped, told)
            swapped, uncertain = swapped & seen, uncertain & seen
    return SideAssignment(
        swapped=swapped,
        uncertain=tuple((float(time_s[a]), float(time_s[min(b, len(xy) - 1)])) for a, b in true_runs(uncertain)),
        left=tuple(a for a, _ in pairs.values()),
        right=tuple(b for _, b in pairs.values()),
    )


@dataclass(frozen=True, kw_only=True)
class _Evidence:
    """What the states of the frames are weighed by.

    Attributes
    ----------
    legs : (T, 2, P, 2)
        Frame, leg, point, axis; in leg lengths.
    noise : (T, 2, P)
        Variance of each point along one axis, in leg lengths squared.
    time_s : (T,)
    trust : (T,)
        What being exchanged costs per second.
    switch : (T,)
        What it costs that an exchange begins or ends with each frame.
    """

    legs: FloatArray
    noise: FloatArray
    time_s: FloatArray
    trust: FloatArray
    switch: FloatArray

    def __getitem__(self, rows: slice) -> _Evidence:
        return _Evidence(**{name: values[rows] for name, values in vars(self).items()})

    @property
    def backward(self) -> _Evidence:
        """The same, the last frame first."""
        return _Evidence(
            legs=self.legs[::-1],
            noise=self.noise[::-1],
            time_s=-self.time_s[::-1],
            trust=self.trust[::-1],
            switch=np.roll(self.switch[::-1], 1),
        )

    @property
    def interval_s(self) -> FloatArray:
        """Since the frame before, (T,)."""
        return np.diff(self.time_s, prepend=np.nan)

    @property
    def against(self) -> FloatArray:
        """What being exchanged costs in each frame, (T,)."""
        return np.asarray(self.trust * np.gradient(self.time_s))


def _cheapest(paths: list[npt.NDArray[np.bool_]], told: _Evidence) -> npt.NDArray[np.bool_]:
    """Return the path that costs least, each of them or its mirror image.

    The filters make the search approximate; what it finds must stand against the alternatives, and above all against no
    exchange at all. The mirror image of a path is as smooth as the path: only the trust in the model tells which of the
    two is right.
    """
    against = told.against
    trusted = [path if against[path].sum() <= against[~path].sum() else ~path for path in paths]
    return trusted[int(_costs(trusted, told).argmin())]


def _undecided(swapped: npt.NDArray[np.bool_], told: _Evidence) -> bool:
    """Tell whether a path and its mirror image are a tie."""
    against = told.against
    return bool(abs(against[swapped].sum() - against[~swapped].sum()) < _TIE)


def _spread(sd_px: FloatArray | Float32Array | None, tracked: IntArray, leg_px: float) -> FloatArray | None:
    """Return how unsure the model is of the points of the legs in each frame, in leg lengths (T,)."""
    if sd_px is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # frames in which nothing is known
        return np.asarray(np.nanmean(sd_px[:, tracked.ravel()], axis=1) / leg_px)


def _noise(
    sd_px: FloatArray | Float32Array | None, tracked: IntArray, leg_px: float, shape: tuple[int, ...]
) -> FloatArray:
    """Return the variance of each point along one axis, in leg lengths squared, (T, 2, P)."""
    if sd_px is None:
        return np.full(shape, POINT_SD**2)
    own = _SD_OF_SPREAD * np.nan_to_num(sd_px[:, tracked] / leg_px)
    return np.asarray(np.clip(own, POINT_SD, _MOST_SD) ** 2)


def _model_trust(spread: FloatArray | None) -> FloatArray:
    """Return how much being exchanged costs per second, by what the model says of itself; (T,), or one for all."""
    if spread is None:
        return np.array(_MODEL_TRUST_PER_S)
    told = np.interp(np.nan_to_num(spread), _SPREADS, _LOG_ODDS) / _ERRORS_LAST_S
    return np.asarray(np.where(np.isfinite(spread), told, _MODEL_TRUST_PER_S))


def _switch_costs(spread: FloatArray | None, n_frames: int) -> FloatArray:
    """Return what it costs that an exchange begins or ends with each frame, (T,)."""
    if spread is None:
        return np.full(n_frames, _SWITCH_COST)
    unsure = ~(spread < _SURE_SD)
    return np.where(unsure | np.roll(unsure, 1), _UNSURE_SWITCH_COST, _SWITCH_COST)


def _best_path(told: _Evidence) -> npt.NDArray[np.bool_]:
    """Return where the legs are exchanged on the best path (T,)."""
    costs, origins = _path_costs(told)
    path = np.empty(len(costs), dtype=np.int64)
    path[-1] = costs[-1].argmin()
    for row in range(len(path) - 1, 0, -1):
        path[row - 1] = origins[row, path[row]]
    return np.asarray(path == 1)


def _costs(paths: list[npt.NDArray[np.bool_]], told: _Evidence) -> FloatArray:
    """Return what each of N given paths costs, exactly (N,)."""
    exchanged = np.stack(paths, axis=1)  # (T, N)
    as_told = np.where(exchanged[..., None, None, None], told.legs[:, None, ::-1], told.legs[:, None])
    noise = np.where(exchanged[..., None, None], told.noise[:, None, ::-1], told.noise[:, None])
    switches = told.switch[1:] @ (exchanged[1:] != exchanged[:-1])
    return np.asarray(_motion_costs(as_told, noise, told.interval_s) + told.against @ exchanged + switches)


def _motion_costs(legs: FloatArray, noise: FloatArray, interval_s: FloatArray) -> FloatArray:
    """Return how badly the points, named in N ways, agree with motion at constant velocity (N,).

    The same filter as in `_path_costs`, for paths that are known.

    Parameters
    ----------
    legs : (T, N, 2, P, 2)
    interval_s : (T,)
    """
    seen = np.isfinite(legs).all(axis=-1)
    legs = np.where(seen[..., None], legs, 0.0)
    shape = seen.shape[1:]
    motion = Motion.unknown(shape)
    total = np.zeros(shape[0])
    for row, (measured, noise_here, here) in enumerate(zip(legs, noise, seen, strict=True)):
        if row:
            motion = motion.after(float(interval_s[row]))
        off, spread, surprise = motion.against(measured, noise_here)
        known = here & motion.met
        total += np.where(known, np.minimum(surprise, _CAP) + np.log(spread), 0.0).sum(axis=(1, 2))
        motion = motion.corrected(measured, noise_here, here, off, spread, known & (surprise < 2 * _CAP))
    return _SHARED_ERROR * total


def _refined(swapped: npt.NDArray[np.bool_], told: _Evidence) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Turn over each stretch of one state that is cheaper the other way; return also where both cost about the same."""
    time_s = told.time_s
    swapped, uncertain = swapped.copy(), np.zeros(len(swapped), dtype=bool)
    for start, end in _stretches(swapped):
        first = int(np.searchsorted(time_s, time_s[start] - _WINDOW_S))
        last = max(int(np.searchsorted(time_s, time_s[end - 1] + _WINDOW_S)), first + 2)
        window = slice(first, last)
        other = swapped[window].copy()
        other[start - first : end - first] ^= True
        as_is, turned = _costs([swapped[window], other], told[window])
        gain = as_is - turned
        if gain > 0:
            swapped[window] = other
        if abs(gain) < _TIE:
            reach = (time_s > time_s[start] - _TIE_REACH_S) & (time_s < time_s[end - 1] + _TIE_REACH_S)
            uncertain |= reach
    return swapped, uncertain


def _with_cheaper(
    other: npt.NDArray[np.bool_], swapped: npt.NDArray[np.bool_], told: _Evidence
) -> npt.NDArray[np.bool_]:
    """Return a path with those stretches of another that are cheaper."""
    time_s = told.time_s
    for start, end in true_runs(swapped != other):
        window = slice(*np.searchsorted(time_s, [time_s[start] - _WINDOW_S, time_s[end - 1] + _WINDOW_S]))
        changed = swapped.copy()
        changed[start:end] = other[start:end]
        as_is, taken = _costs([swapped[window], changed[window]], told[window])
        if taken < as_is:
            swapped = changed
    return swapped


def _moved(swapped: npt.NDArray[np.bool_], told: _Evidence) -> npt.NDArray[np.bool_]:
    """Put what lies before or after an exchanged stretch in its place where that is cheaper.

    Legs that meet can part as they came or exchanged, both smoothly for the moment: the search may have taken the wrong
    turn at one meeting and made up for it at the next.
    """
    swapped, time_s = swapped.copy(), told.time_s
    meetings = _meetings(told.legs)
    for start, end in true_runs(swapped):
        near = meetings[np.abs(time_s[meetings] - time_s[start]) < _MEETING_REACH_S]
        after = meetings[np.abs(time_s[meetings] - time_s[end - 1]) < _MEETING_REACH_S]
        spans = [(start, start), *((m, start) for m in near if m < start), *((end, m) for m in after if m > end)]
        first, last = min(start, *near, end), max(end, *after, start)
        window = slice(
            *np.searchsorted(time_s, [time_s[first] - _WINDOW_S, time_s[min(last, len(time_s) - 1)] + _WINDOW_S])
        )
        paths = [swapped[window]]
        for since, until in spans:
            path = swapped.copy()
            path[start:end] = False
            path[since:until] = True
            paths.append(path[window])
        costs = _costs(paths, told[window])
        if costs.min() < costs[0] - _TIE:
            swapped[window] = paths[int(costs.argmin())]
    return swapped


def _meetings(legs: FloatArray) -> IntArray:
    """Return the frames in which the legs, near each other, are nearest for the moment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # frames in which nothing is known
        apart = np.nan_to_num(np.nanmean(np.linalg.norm(legs[:, 0] - legs[:, 1], axis=-1), axis=1), nan=np.inf)
    nearest = (apart[1:-1] < apart[:-2]) & (apart[1:-1] <= apart[2:]) & (apart[1:-1] < _NEAR_LEGS)
    return np.flatnonzero(nearest) + 1


def _stretches(states: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    bounds = [0, *(np.flatnonzero(states[1:] != states[:-1]) + 1), len(states)]
    return [(int(a), int(b)) for a, b in itertools.pairwise(bounds)]


def _path_costs(told: _Evidence) -> tuple[FloatArray, IntArray]:
    """Return the cost of the best path that ends in each state.

    Returns
    -------
    costs : (T, 2)
        Frame, state.
    origins : (T, 2)
        The state in the frame before, on the way to each state.
    """
    interval_s, against, switch = told.interval_s, told.against, told.switch
    n_points = told.legs.shape[2]
    seen = np.isfinite(told.legs).all(axis=3)
    legs = np.where(seen[..., None], told.legs, 0.0)
    costs = np.zeros((len(legs), 2))
    origins = np.zeros(costs.shape, dtype=np.int64)
    motion = Motion.unknown((2, 2, n_points))  # of the best path to each state: state, leg, point
    total = np.zeros(2)
    state = np.arange(2)
    is_switch = 1 - np.eye(2)
    for row in range(len(legs)):
        if row:
            motion = motion.after(float(interval_s[row]))
        measured = np.stack((legs[row], legs[row, ::-1]))  # to, leg, point, axis
        here = np.stack((seen[row], seen[row, ::-1]))
        noise = np.stack((told.noise[row], told.noise[row, ::-1]))
        off, spread, surprise = motion.each_against(measured, noise)  # from, to, leg, point
        known = here[None] & motion.met[:, None]
        cost = np.where(known, np.minimum(surprise, _CAP) + np.log(spread), 0.0).sum(axis=(2, 3))
        candidates = total[:, None] + switch[row] * is_switch + _SHARED_ERROR * cost
        candidates[:, 1] += against[row]
        origin = candidates.argmin(axis=0)  # to
        origins[row] = origin
        total = candidates[origin, state]
        costs[row] = total
        usable = known[origin, state] & (surprise[origin, state] < 2 * _CAP)
        motion = motion.of(origin).corrected(measured, noise, here, off[origin, state], spread[origin, state], usable)
    return costs, origins
