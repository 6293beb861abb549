"""Which leg is the left one: a property of a leg over time, not of a frame.

Seen from the side, pose models exchange the legs when they pass each other. Each frame is in one of two states, {kept,
exchanged}; the sequence of states that makes all points of both legs move most smoothly is sought with the Viterbi
algorithm. The smoothness of a point is how well a Kalman filter with constant velocity predicts it, so that gaps and
irregular timestamps need no care, and every state keeps the filter of its own best path. That makes the search
approximate: what a filter knows depends on the whole path before, so each stretch is weighed once more afterwards, as
it is and turned over. The published workflows do this by hand (Stenum 2021), or only for whole clips.
"""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.arrays import true_runs
from gait.signals.constant_velocity import Motion
from gait.signals.filters import frames_within
from gait.skeleton import LEG, SIDES
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
_ERRORS_LAST_S = 0.1
"""So long one exchange lasts where the spread tells of it; a judgement."""
_SURE_SD, _UNSURE_SWITCH_COST = 0.07, 1.5
"""Where the spread is more than this, or nothing was seen, an exchange begins or ends far sooner: once in five frames,
-ln(0.22)."""
_NEAR_TRUST_PER_S = 1.5
"""How much each sign of perspective counts at most; asked only where the model has mixed up the legs anyway."""
_NEAR_RATIO = 0.03
"""The near leg is larger by about the width of the pelvis over the distance of the camera, 3 % at 6 m; its
foot stands lower by about as much of the leg length for a camera at the height of the hip."""
_NEAR_WINDOW_S = 1.0
"""Before and after: a stride or two, in which both legs show the same postures."""
_LOWEST_PERCENT = 80.0
"""Rank of the height of a foot over a stride that stands for the ground under it: it is in stance most of the time."""
_AT_ONCE = 2_000_000
"""Samples of such windows that are ordered together: memory does not grow with the length of the recording."""
_SIDEWAYS = 0.1
"""Both feet together reach half a leg length from heel to toe when seen from the side; less than this is the front."""
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
            time_s=time_s,
            trust=np.where(seen, _model_trust(spread), 0.0),
            switch=_switch_costs(spread, len(xy)),
        )
        first = _best_path(told)
        if first.any():
            near = _near_leg(xy, first, time_s, keypoints, leg_px)
            perspective = np.where(seen, _NEAR_TRUST_PER_S * np.where(first, -near, near), 0.0)
            told = replace(told, trust=told.trust + perspective)
            swapped = _cheapest([swapped, first, _best_path(told)], told)
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
    time_s : (T,)
    trust : (T,)
        What being exchanged costs per second.
    switch : (T,)
        What it costs that an exchange begins or ends with each frame.
    """

    legs: FloatArray
    time_s: FloatArray
    trust: FloatArray
    switch: FloatArray

    def __getitem__(self, rows: slice) -> _Evidence:
        return _Evidence(**{name: values[rows] for name, values in vars(self).items()})

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
    switches = told.switch[1:] @ (exchanged[1:] != exchanged[:-1])
    return np.asarray(_motion_costs(as_told, told.interval_s) + told.against @ exchanged + switches)


def _motion_costs(legs: FloatArray, interval_s: FloatArray) -> FloatArray:
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
    for row, (measured, here) in enumerate(zip(legs, seen, strict=True)):
        if row:
            motion = motion.after(float(interval_s[row]))
        off, spread, surprise = motion.against(measured)
        known = here & motion.met
        total += np.where(known, np.minimum(surprise, _CAP) + np.log(spread), 0.0).sum(axis=(1, 2))
        motion = motion.corrected(measured, here, off, spread, known & (surprise < 2 * _CAP))
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


def _near_leg(
    xy: FloatArray, swapped: npt.NDArray[np.bool_], time_s: FloatArray, keypoints: tuple[str, ...], leg_px: float
) -> FloatArray:
    """Return how well the sides, as found so far, agree with perspective (T,): -2 to 2, 0 where nothing can be said.

    Someone who faces the right of the picture turns the right side to the camera; the near leg looks larger, and its
    foot stands lower in the picture (the camera is above the floor).
    """

    def point(name: str) -> FloatArray:
        return xy[:, keypoints.index(name)] if name in keypoints else np.full((len(xy), 2), np.nan)

    lengths = [
        np.linalg.norm(point(f"{side}_hip") - point(f"{side}_knee"), axis=1)
        + np.linalg.norm(point(f"{side}_knee") - point(f"{side}_ankle"), axis=1)
        for side in SIDES
    ]
    feet = [point(f"{side}_big_toe")[:, 0] - point(f"{side}_heel")[:, 0] for side in SIDES]
    n_rows = max(1, frames_within(_NEAR_WINDOW_S, time_s))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # stretches in which nothing is known

        def over_stride(values: FloatArray, percent: float) -> FloatArray:
            padded = np.pad(values, n_rows, constant_values=np.nan)
            windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_rows + 1)
            blocks = np.array_split(windows, windows.size // _AT_ONCE + 1)
            return np.concatenate([_percentile(block, percent) for block in blocks])

        toes_ahead = over_stride((feet[0] + feet[1]) / leg_px, 50)
        larger = over_stride(np.log(lengths[1] / lengths[0]) * np.where(swapped, -1, 1), 50)
        depth = [
            np.where(swapped, point(f"{b}_ankle")[:, 1], point(f"{a}_ankle")[:, 1]) for a, b in (SIDES, SIDES[::-1])
        ]
        lower = (over_stride(depth[1], _LOWEST_PERCENT) - over_stride(depth[0], _LOWEST_PERCENT)) / leg_px
    facing = np.where(np.abs(toes_ahead) > _SIDEWAYS, np.sign(toes_ahead), 0.0)
    return np.asarray(facing * sum(np.clip(np.nan_to_num(cue) / _NEAR_RATIO, -1, 1) for cue in (larger, lower)))


def _percentile(windows: FloatArray, percent: float) -> FloatArray:
    """Return the nearest percentile of what is known in each window (T, W); NaN where nothing is."""
    ordered = np.sort(windows, axis=1)  # NaN last
    n_known = np.isfinite(ordered).sum(axis=1)
    rank = np.maximum(np.round(percent / 100 * (n_known - 1)), 0).astype(np.int64)
    return np.asarray(np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0])


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
        off, spread, surprise = motion.each_against(measured)  # from, to, leg, point
        known = here[None] & motion.met[:, None]
        cost = np.where(known, np.minimum(surprise, _CAP) + np.log(spread), 0.0).sum(axis=(2, 3))
        candidates = total[:, None] + switch[row] * is_switch + _SHARED_ERROR * cost
        candidates[:, 1] += against[row]
        origin = candidates.argmin(axis=0)  # to
        origins[row] = origin
        total = candidates[origin, state]
        costs[row] = total
        usable = known[origin, state] & (surprise[origin, state] < 2 * _CAP)
        motion = motion.of(origin).corrected(measured, here, off[origin, state], spread[origin, state], usable)
    return costs, origins
