"""Foot strikes and foot offs of the whole recording."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gait.analysis.events.foot_habits import contact_signs, with_habits
from gait.analysis.events.foot_signals import FOOT, FootSignals, foot_signals
from gait.analysis.events.frontal import frontal_strikes
from gait.analysis.events.landings import landings
from gait.analysis.events.methods import METHODS
from gait.analysis.events.order import PossibleEvent, fitting, in_order
from gait.analysis.events.swings import Swing, find_swings
from gait.arrays import nanmedian
from gait.columns import EVENT_COLUMNS, TURN
from gait.config import EventSettings
from gait.equality import by_value
from gait.signals.clean import CleanPoses, leg_length_px
from gait.signals.filters import frame_interval_s
from gait.text import say_many
from gait.types import Flag, Pass, Scene, Side

_LONGEST_TURN_S = 3.0
"""A pause between two passes that lasts longer is no turn: nobody knows what was done in it. A judgement."""
_BEYOND_S = 1.2
"""So long before the first step of a steady walk the person may have started, and after the last may have stopped."""
_TURN_SD_S = 0.03
"""What the strikes of a turn err by beyond those of a straight walk; no measure takes them. A judgement."""
_SETTLES_S = 0.1
"""So long a pose model may take to settle on a foot that comes into sight. A judgement, after BlazePose."""
_INTO_PASS_S = 1.2
"""So far into a pass a foot may land as in a turn: the first two steps out of it, or the last into it. A judgement."""
_LEAST_TURN_CONFIDENCE = 0.2
"""Of a strike in a turn. A judgement; no measure takes them."""
_LEAST_OFF_CONFIDENCE = 0.25
"""No true off of the laboratory walks and of the simulated ones is below 0.5."""
_OBLIQUE_TRUST, _END_TRUST, _END_S = 0.8, 0.8, 0.05
"""What the confidence of an event is multiplied with in an oblique view, and so near to either end of the recording,
where a filter has one side alone to go by. Judgements; they move no time."""
_EDGE_LEGS = 0.1
"""A foot this near to the left or right edge of the picture, in leg lengths, may be half out of it: pose models keep
its points in the picture, where they come to rest as those of a foot do that lands."""
AT_EDGE = "the foot is at the edge of the picture"
HIDDEN = "the foot is hidden"
_LEAST_VISIBLE, _LEAST_VISIBLE_BEYOND = 0.6, 0.75
"""Score of the points of a foot, over what is usual for this foot in the recording: in a walk, and beside it."""
UNCLEAR = "left and right leg cannot be told apart here"
REJECTED_COLUMNS: tuple[str, ...] = ("time_s", "side", "kind", "method", "pass_number", "reason")


@by_value
@dataclass(frozen=True, kw_only=True)
class Events:
    """What was found, and what was turned down.

    Attributes
    ----------
    table : DataFrame
        The columns of `gait.columns.EVENT_COLUMNS`, one row per event in order of time. `time_s` lies between frames;
        `frame` is the nearest one's number in the file; `sd_s` is the standard deviation of the time.
    rejected : DataFrame
        time_s, side, kind, method, pass_number, reason: what looked like an event and is none.
    flags : tuple of Flag
    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    flags: tuple[Flag, ...]


def find_events(clean: CleanPoses, scene: Scene, settings: EventSettings | None = None) -> Events:
    """Find foot strikes and foot offs inside each pass.

    Parameters
    ----------
    clean : CleanPoses
    scene : Scene
        Its passes bound the search: no event is reported outside them. A pass seen from the front or the back has
        strikes alone, and so has a turn from one pass to the next, with the pass number `TURN`.
    settings : EventSettings, optional

    Returns
    -------
    Events
    """
    settings = settings or EventSettings()
    accepted: list[PossibleEvent] = []
    rejected: list[tuple[PossibleEvent, str]] = []
    doubtful: list[tuple[PossibleEvent, str]] = []
    found = [_inside(clean, scene, pass_, settings.method) for pass_ in scene.passes]
    habits = list(itertools.chain.from_iterable(found))
    for candidates in found:
        inside = with_habits(candidates, habits)
        doubts = {
            UNCLEAR: [c for c in inside if _sides_unclear(clean, c.time_s)],
            HIDDEN: [c for c in inside if _visible(clean, c.side, c.time_s) < _LEAST_VISIBLE],
        }
        if scene.ground != "treadmill":
            doubts[AT_EDGE] = [c for c in inside if _at_edge(clean, c.side, c.time_s)]
        doubtful += [(c, reason) for reason, those in doubts.items() for c in those]
        kept, out = in_order([c for c in inside if not any(c in those for those in doubts.values())])
        accepted += kept
        rejected += out
    for before, after in itertools.pairwise((None, *scene.passes, None)):
        around = [c for c in accepted if c.pass_number in {p.number for p in (before, after) if p}]
        between = with_habits(_strikes_between(clean, scene, before, after, settings.method), habits)
        kept, _ = in_order([*around, *between])
        turning = [c for c in kept if c.pass_number == TURN]
        strikes = [c for c in (*around, *turning) if c.kind == "strike"]
        accepted += [*turning, *fitting(strikes, _landings_between(clean, scene, before, after))]
    return Events(
        table=_table(sorted(accepted, key=lambda c: c.time_s), clean),
        rejected=pd.DataFrame(
            [(c.time_s, c.side, c.kind, c.method, c.pass_number, reason) for c, reason in rejected + doubtful],
            columns=list(REJECTED_COLUMNS),
        ),
        flags=_flags(rejected),
    )


def _inside(clean: CleanPoses, scene: Scene, pass_: Pass, method: str) -> list[PossibleEvent]:
    """Find the events of one pass, by the way it is seen."""
    if pass_.view == "frontal" or pass_.direction in ("toward", "away"):
        candidates = frontal_strikes(clean, pass_)
    else:
        candidates = sagittal_events(clean, scene, pass_, method)
    return [c for c in candidates if pass_.start_s <= c.time_s < pass_.end_s]


def _strikes_between(
    clean: CleanPoses, scene: Scene, before: Pass | None, after: Pass | None, method: str
) -> list[PossibleEvent]:
    """Find the strikes of a turn from one pass to the next, and those with which the person starts and stops.

    The first half of a turn is as the pass before shows it, the second as the next one; where there is no pass nearby,
    the search goes a step beyond. These strikes belong to no pass, so that no measure takes them: half seen from the
    side and half from the front, or slower than the walk, they are less certain.
    """
    start_s = before.end_s if before else -np.inf
    end_s = after.start_s if after else np.inf
    if start_s >= end_s:
        return []
    turns = end_s - start_s < _LONGEST_TURN_S
    found: list[PossibleEvent] = []
    if before:
        until_s = (start_s + end_s) / 2 if turns else min(start_s + _BEYOND_S, end_s)
        found += _inside(clean, scene, replace(before, end_s=until_s), method)
    if after:
        from_s = (start_s + end_s) / 2 if turns else max(end_s - _BEYOND_S, start_s)
        found += _inside(clean, scene, replace(after, start_s=from_s), method)
    return _as_of_turn(clean, scene, [c for c in found if c.kind == "strike" and start_s <= c.time_s < end_s])


def _landings_between(clean: CleanPoses, scene: Scene, before: Pass | None, after: Pass | None) -> list[PossibleEvent]:
    """Find where feet come to rest in a turn between a pass to the right and one to the left, whichever way they go."""
    if before is None or after is None or {before.direction, after.direction} != {"right", "left"}:
        return []
    if not 0 < after.start_s - before.end_s < _LONGEST_TURN_S or scene.camera == "unknown":
        return []
    found = landings(clean, before.end_s - _INTO_PASS_S, after.start_s + _INTO_PASS_S)
    return _as_of_turn(clean, scene, found)


def _as_of_turn(clean: CleanPoses, scene: Scene, strikes: list[PossibleEvent]) -> list[PossibleEvent]:
    """Return strikes as those of a turn, without the ones of feet that are not seen well."""
    marked = [
        replace(c, pass_number=TURN, confidence=0.5 * c.confidence, sd_s=float(np.hypot(c.sd_s, _TURN_SD_S)))
        for c in strikes
        if not _sides_unclear(clean, c.time_s) and _visible(clean, c.side, c.time_s) >= _LEAST_VISIBLE_BEYOND
    ]
    at_edge = [c for c in marked if scene.ground != "treadmill" and _at_edge(clean, c.side, c.time_s)]
    return [c for c in marked if c.confidence >= _LEAST_TURN_CONFIDENCE and c not in at_edge]


def sagittal_events(clean: CleanPoses, scene: Scene, pass_: Pass, method: str) -> list[PossibleEvent]:
    """Time the off and the strike of every swing of one pass seen from the side."""
    signals = foot_signals(clean, scene, pass_)
    if signals is None:
        return []
    frame_sd_s = frame_interval_s(clean.poses.time_s) / np.sqrt(12)
    found = []
    for swing in find_swings(signals):
        for kind, cut, timer in zip(
            ("strike", "off"), (swing.ends_cut, swing.starts_cut), METHODS[method], strict=True
        ):
            timing = None if cut else timer(signals, swing)
            if timing is None or _appears_with(signals, swing, timing.time_s):
                continue
            if kind == "off" and _unseen_before(clean, swing.side, timing.time_s):
                continue
            seen_well = _trust(clean, swing, timing.time_s) * (_OBLIQUE_TRUST if pass_.view == "oblique" else 1.0)
            confidence = timing.agreement * seen_well
            if kind == "off" and confidence < _LEAST_OFF_CONFIDENCE:
                continue
            found.append(
                PossibleEvent(
                    time_s=timing.time_s,
                    side=swing.side,
                    kind="strike" if kind == "strike" else "off",
                    confidence=confidence,
                    method=method,
                    sd_s=float(np.hypot(timing.sd_s, frame_sd_s)),
                    pass_number=pass_.number,
                    signs_s=contact_signs(signals, swing, kind, timing.time_s) if method == "auto" else {},
                )
            )
    return found


def _appears_with(signals: FootSignals, swing: Swing, time_s: float) -> bool:
    """Whether a foot lands as it comes into sight: so it looks while a pose model takes some frames to settle on it."""
    return swing.starts_cut and time_s < signals.time_s[swing.limit_before] + _SETTLES_S


def _unseen_before(clean: CleanPoses, side: Side, time_s: float) -> bool:
    """Whether a foot that leaves the ground has itself just come into sight, in the middle of the recording."""
    poses = clean.unfiltered
    first, last = np.searchsorted(poses.time_s, [time_s - 2 * _SETTLES_S, time_s - _SETTLES_S])
    earlier = np.stack([poses.point(f"{side}_{point}")[first:last] for point in FOOT])
    return earlier.size > 0 and not np.isfinite(earlier).any()


def _visible(clean: CleanPoses, side: Side, time_s: float) -> float:
    """Return the score of the points of a foot near a moment, over their usual score; 1 where there are no scores."""
    poses = clean.unfiltered
    columns = [poses.keypoints.index(f"{side}_{point}") for point in FOOT if f"{side}_{point}" in poses.keypoints]
    score = np.where(poses.score[:, columns] > 0, poses.score[:, columns], np.nan)
    first, last = np.searchsorted(poses.time_s, [time_s - _SETTLES_S, time_s + _SETTLES_S])
    near, usual = nanmedian(score[first:last]), nanmedian(score)
    return near / usual if np.isfinite(near / usual) else 1.0


def _at_edge(clean: CleanPoses, side: Side, time_s: float) -> bool:
    """Whether a foot is about to leave the picture sideways, or has just come into it."""
    poses = clean.unfiltered
    first, last = np.searchsorted(poses.time_s, [time_s - _SETTLES_S, time_s + _SETTLES_S])
    x = np.stack([poses.point(f"{side}_{point}")[first:last, 0] for point in FOOT])
    margin = _EDGE_LEGS * leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    return bool(((x < margin) | (x > poses.width_px - margin)).any())


def _trust(clean: CleanPoses, swing: Swing, time_s: float) -> float:
    """Return how much the points near an event deserve trust, 0 to 1: seen rather than filled in."""
    poses = clean.unfiltered
    first, last = np.searchsorted(poses.time_s, [time_s - _SETTLES_S, time_s + _SETTLES_S])
    columns = [
        poses.keypoints.index(name)
        for name in (f"{swing.side}_{point}" for point in FOOT)
        if name in poses.keypoints and clean.measured[:, poses.keypoints.index(name)].any()
    ]
    seen = float(clean.measured[first:last, columns].mean()) if columns and last > first else 0.0
    at_end = time_s - poses.time_s[0] < _END_S or poses.time_s[-1] - time_s < _END_S
    return (0.5 + 0.5 * seen) * (_END_TRUST if at_end else 1.0)


def _sides_unclear(clean: CleanPoses, time_s: float) -> bool:
    return any(start <= time_s < end for start, end in clean.uncertain_sides)


def _table(candidates: list[PossibleEvent], clean: CleanPoses) -> pd.DataFrame:
    poses = clean.poses
    nearest = [int(np.argmin(np.abs(poses.time_s - c.time_s))) for c in candidates]
    rows = [
        (c.time_s, int(poses.frame[row]), c.side, c.kind, round(c.confidence, 3), c.method, c.sd_s, c.pass_number)
        for c, row in zip(candidates, nearest, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))


def _flags(rejected: list[tuple[PossibleEvent, str]]) -> tuple[Flag, ...]:
    if not rejected:
        return ()
    n = len(rejected)
    return (
        Flag(
            level="info",
            code="events_rejected",
            message=say_many(
                "%(n)s possible foot contact broke the order of walking and was left out.",
                "%(n)s possible foot contacts broke the order of walking and were left out.",
                n,
            ),
        ),
    )
