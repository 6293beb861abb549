"""How the camera sees the walk: who walks where, which side is near, and whether anyone walks at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.analysis.geometry import NOSE_TO_HEEL, SHOULDERS_PER_TRUNK, Body
from gait.analysis.view.heading import DIRECTIONS, Heading, constant_stretches, find_heading
from gait.analysis.view.rhythm import MIN_STEPS, STRIDE_HZ, Rhythm, find_rhythms
from gait.analysis.view.slant import off_plane_deg, standing_px
from gait.arrays import UNSEEN_S, nanmedian, running_mean, stretches
from gait.config import SceneSettings
from gait.signals.clean import CleanPoses
from gait.skeleton import SIDES
from gait.types import Direction, FloatArray, Pass, Scene, Side, View

SAGITTAL_BELOW, FRONTAL_ABOVE = 0.25, 0.5
"""Limits on the shoulders' width over the trunk's length."""
LEAST_SIDE_SWING, LEAST_FRONT_SWING = 0.2, 0.07
"""Of the ankles' separation along the walk, and of their difference in height; in leg lengths, extreme to extreme."""
TRAVELS_ABOVE, RESTS_BELOW = 0.5, 0.3
"""Way of the pelvis over the way of the feet: 1 over ground, 0 on a treadmill."""
SLOWED = 0.6
"""Share of its usual speed below which the pelvis no longer moves on, at the ends of a pass."""
PAN_LEG_LENGTHS = 0.4
"""A background that moves further than this during a pass means a panning camera."""
FRONTAL_STEPS = 3
"""Extremes that a walk seen from the front must have: its swings are small."""
FRONTAL_REACH, SIDE_REACH = 1.0, 0.6
"""How far a walk goes on beyond the widest stance found last, in steps: from the front that comes after the strike."""
CUT_STEP = 1.6
"""Steps that may be left before the end of the recording: a step that it cuts is still one. A judgement."""
STEP_GROWTH = 0.03
"""By which a body grows with each step toward the camera: a step of 0.7 m, ten metres away, makes 7 %. A judgement."""
BACKWARD, ON_THE_SPOT = -0.3, 0.15
"""Correlation of forward motion with the height of a foot: below the first somebody walks backward, below the second,
with a pelvis that stays in place, nobody walks. Judgements, after simulated walkers who do either."""
AS_FAST_AS_FEET = (0.8, 1.25)
"""Way of the pelvis over that of the feet, of people who walk before a camera at rest: the feet move in the picture as
they do over the ground. A judgement."""
LEAST_FRAMES = 5
"""In which speed and trend are read off at all. A judgement."""
LEAST_FPS = 15.0
"""At 15 a second a swing of 0.4 s is six pictures. A judgement, after a clip at 10, in which steps were invented."""
LEAST_HEIGHT_PX = 100.0
"""Less time or space between two pictures of a foot than this leaves nothing to measure by."""
MOST_DOWN_DEG = 40.0
"""A judgement, after a bedroom filmed from its ceiling, in which somebody who shifted his feet seemed to walk."""
SHOULDERS_PER_BODY = 0.30
"""Distance of the shoulder points over trunk and leg together, in adults seen from the front."""
BROADEST = 1.2
"""Shoulders of the broad over the usual ones: wider ones are of bodies that are shortened. A judgement."""
SEATED, LYING_DEG = 0.45, 60.0
"""Share of its length that an upright thigh shows at least, downward; and the trunk's angle of somebody who lies."""


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A run of steps in one direction, before it counts as walking."""

    start: int
    end: int
    direction: Direction
    rhythm: Rhythm
    trend: float
    travel: float
    world_travel: float


_SEEN_FROM: dict[str, tuple[Direction, ...]] = {
    "auto": DIRECTIONS,
    "side": ("right", "left"),
    "front": ("toward", "away"),
}


def describe_scene(clean: CleanPoses, settings: SceneSettings | None = None) -> Scene:
    """Find the passes of the walk and how the camera sees them.

    A pass is a stretch of at least three alternating steps in one direction; turns, standing and other movements are
    part of none. The side toward the camera follows from the direction: who walks to the right shows the right side.

    Parameters
    ----------
    clean : CleanPoses
    settings : SceneSettings, optional
        What is known beforehand.

    Returns
    -------
    Scene
        With `walking` False and a reason in words where nobody walks.
    """
    settings = settings or SceneSettings()
    body = Body(clean.poses)
    if not np.isfinite(body.leg).any():
        return _nobody_walks("No walking was found: no person with visible legs is in the picture.")
    too_little = _too_few_frames(body)
    if too_little:
        return _nobody_walks(too_little)
    heading = find_heading(body)
    candidates = _candidates(body, heading, _SEEN_FROM[settings.view])
    walks = [c for c in candidates if _is_walking(c)]
    unfit = [_unfit(body, c) for c in walks]
    kept = [c for c, reason in zip(walks, unfit, strict=True) if reason is None]
    if not kept:
        return _nobody_walks(next((reason for reason in unfit if reason), None) or _why_not(body, candidates))
    passes = tuple(_pass(body, heading, number, c, settings) for number, c in enumerate(kept, start=1))
    steps = sum(len(c.rhythm.extremes_s) for c in kept)
    pace = 0.5 / nanmedian(np.concatenate([np.diff(c.rhythm.extremes_s) for c in kept]))
    return Scene(
        view=_most_of([(p.view, p.end_s - p.start_s) for p in passes]),  # type: ignore[arg-type]
        passes=passes,
        ground=_most_of([(_ground(body, c), c.rhythm.travel) for c in kept])  # type: ignore[arg-type]
        if settings.ground == "auto"
        else settings.ground,
        camera=_camera(body, kept),  # type: ignore[arg-type]
        off_plane_deg=_off_plane_deg(passes),
        walking=True,
        reason=f"{steps} alternating steps were seen, at some {120 * pace:.0f} steps per minute.",
        roll=clean.poses.roll,
    )


def _nobody_walks(reason: str) -> Scene:
    return Scene(
        view=None, passes=(), ground="unknown", camera="unknown", off_plane_deg=None, walking=False, reason=reason
    )


def separation_along(body: Body, direction: Direction) -> tuple[FloatArray, float]:
    """Return the ankles' separation that shows steps in this direction (T,), in leg lengths, and its least swing."""
    if direction in ("right", "left"):
        return body.ankles_apart[:, 0] / body.leg * (1 if direction == "right" else -1), LEAST_SIDE_SWING
    ankles, heels = body.ankles_apart[:, 1], body.at("left_heel")[:, 1] - body.at("right_heel")[:, 1]
    return -np.where(np.isfinite(ankles), ankles, heels) / body.leg, LEAST_FRONT_SWING


def _candidates(body: Body, heading: Heading, directions: Collection[Direction]) -> list[_Candidate]:
    time = body.time_s
    found = []
    upright = _upright(body)
    for start, end, direction in _without_leaps(constant_stretches(heading, directions), time):
        separation, least = separation_along(body, direction)
        from_side = direction in ("right", "left")
        inside = np.zeros(len(time), dtype=bool)
        inside[start:end] = True
        for rhythm in find_rhythms(np.where(inside & upright, separation, np.nan), time, least):
            if not from_side and len(rhythm.extremes) < FRONTAL_STEPS:
                continue
            reach = (SIDE_REACH if from_side else FRONTAL_REACH) * rhythm.step_s
            before = _reach_s(rhythm.extremes_s[0] - time[start], rhythm.step_s, reach)
            after = _reach_s(time[end - 1] - rhythm.extremes_s[-1], rhythm.step_s, reach)
            a = max(start, int(np.searchsorted(time, rhythm.extremes_s[0] - before)))
            b = min(end, int(np.searchsorted(time, rhythm.extremes_s[-1] + after, side="right")))
            a, b = _while_moving_on(body, direction, a, b, rhythm.step_s)
            found.append(
                _Candidate(
                    start=a,
                    end=b,
                    direction=direction,
                    rhythm=rhythm,
                    trend=_trend(body, direction, a, b),
                    travel=_travel(body, direction, a, b, rhythm, np.zeros((len(time), 2))),
                    world_travel=_travel(body, direction, a, b, rhythm, body.background),
                )
            )
    return _apart(sorted(found, key=lambda c: c.start), time)


def _without_leaps(
    found: Iterable[tuple[int, int, Direction]], time_s: FloatArray
) -> Iterator[tuple[int, int, Direction]]:
    """Cut the stretches of one direction where there are no pictures."""
    for start, end, direction in found:
        for a, b in stretches(time_s[start:end]):
            yield start + a, start + b, direction


def _apart(candidates: list[_Candidate], time_s: FloatArray) -> list[_Candidate]:
    """Let each walk end where the next begins: halfway between the steps of the two."""
    out = list(candidates)
    for i in range(len(out) - 1):
        if out[i].end > out[i + 1].start:
            middle_s = (out[i].rhythm.extremes_s[-1] + out[i + 1].rhythm.extremes_s[0]) / 2
            row = int(np.searchsorted(time_s, middle_s))
            out[i], out[i + 1] = replace(out[i], end=row), replace(out[i + 1], start=row)
    return [c for c in out if c.end > c.start]


def _reach_s(left_s: float, step_s: float, reach_s: float) -> float:
    """Return how far walking goes on beyond the widest stance found last, of which `left_s` are seen.

    A step that the end of the recording cuts is still a step; elsewhere the person may have stopped.
    """
    return left_s if left_s <= CUT_STEP * step_s else reach_s


def _upright(body: Body) -> npt.NDArray[np.bool_]:
    """Return where the person stands or walks, (T,): neither sits, with both thighs level, nor lies."""
    thighs = [(body.at(f"{s}_knee")[:, 1] - body.at(f"{s}_hip")[:, 1]) / (0.5 * body.leg) for s in SIDES]
    seated = running_mean(np.nanmax(np.stack([np.nan_to_num(t, nan=1.0) for t in thighs]), axis=0), body.time_s, 0.5)
    line = body.middle("shoulder") - body.middle("hip")
    lean = np.degrees(np.arctan2(np.abs(line[:, 0]), -line[:, 1]))
    lying = running_mean(np.nan_to_num(lean), body.time_s, 0.5) > LYING_DEG
    return np.asarray(~(seated < SEATED) & ~lying)


def _too_few_frames(body: Body) -> str | None:
    """Return why nothing can be timed in this recording, or None."""
    if len(body.time_s) < 2:
        return "No walking was found: one picture shows no steps."
    fps = 1.0 / float(np.median(np.diff(body.time_s)))
    if fps >= LEAST_FPS:
        return None
    return (
        f"Too few pictures: {fps:.0f} frames per second, and a foot strike lasts a few hundredths of a second. "
        f"At least {LEAST_FPS:.0f} are needed, 60 are good."
    )


def _unfit(body: Body, c: _Candidate) -> str | None:
    """Return why a walk cannot be measured, or None."""
    part = slice(c.start, c.end)
    height = nanmedian(standing_px(body)[part]) / NOSE_TO_HEEL
    height = height if np.isfinite(height) else 2 * nanmedian(body.leg[part])
    if height < LEAST_HEIGHT_PX:
        return (
            f"The person is too small in the picture: {height:.0f} pixels high, and at least {LEAST_HEIGHT_PX:.0f} are "
            "needed to see a foot touch the ground. Film from nearer by, or at a higher resolution."
        )
    down = _looks_down_deg(body, part)
    if down > MOST_DOWN_DEG:
        return (
            f"The camera looks down steeply, by about {down:.0f} degrees: from there steps cannot be told from shifts "
            "of the body. Film from hip height."
        )
    return None


def _looks_down_deg(body: Body, part: slice) -> float:
    """Return by how much the camera looks down, in degrees; NaN where shoulders and legs do not tell.

    From above, trunk and legs are shortened by the cosine; the shoulders of somebody seen from the side, one behind the
    other, come apart upward by the sine.
    """
    line = body.at("left_shoulder") - body.at("right_shoulder")
    length = body.trunk + body.leg
    across, apart = nanmedian((np.abs(line[:, 0]) / length)[part]), nanmedian((np.abs(line[:, 1]) / length)[part])
    if not np.isfinite(across):
        return float("nan")
    wide = np.hypot(across, apart) / SHOULDERS_PER_BODY / BROADEST
    from_front = np.degrees(np.arccos(1 / wide)) if wide > 1 else 0.0
    from_side = np.degrees(np.arctan2(apart, SHOULDERS_PER_BODY))
    return float(max(from_front, from_side))


def _while_moving_on(body: Body, direction: Direction, a: int, b: int, step_s: float) -> tuple[int, int]:
    """Cut the ends where the pelvis is slower than `SLOWED` of its usual speed: the person starts, stops or turns."""
    if direction in ("toward", "away") or b - a < LEAST_FRAMES:
        return a, b
    background = body.background[:, 0]
    x = body.pelvis[:, 0] - np.where(np.isfinite(background), background, 0.0)
    speed = running_mean(np.gradient(x, body.time_s), body.time_s, step_s)[a:b] * (1 if direction == "right" else -1)
    usual = nanmedian(speed)
    if not usual * step_s > RESTS_BELOW * LEAST_SIDE_SWING * nanmedian(body.leg[a:b]):
        return a, b
    moving = np.flatnonzero(~(speed < SLOWED * usual))
    return a + int(moving[0]), a + int(moving[-1]) + 1


def _trend(body: Body, direction: Direction, a: int, b: int) -> float:
    """Return how well the higher foot is the one that moves forward: 1 walking, -1 walking backward, 0 on the spot."""
    if direction in ("toward", "away") or b - a < LEAST_FRAMES:
        return float("nan")
    forward = np.gradient(separation_along(body, direction)[0][a:b], body.time_s[a:b])
    higher = -body.ankles_apart[a:b, 1]
    known = np.isfinite(forward) & np.isfinite(higher)
    if known.sum() < LEAST_FRAMES:
        return float("nan")
    forward, higher = forward[known], higher[known] - np.median(higher[known])
    size = np.sqrt(np.sum(forward**2) * np.sum(higher**2))
    return float(np.sum(forward * higher) / size) if size > 0 else float("nan")


def _travel(body: Body, direction: Direction, a: int, b: int, rhythm: Rhythm, background: FloatArray) -> float:
    """Return the way of the pelvis over that of the feet, walking direction positive; NaN where it cannot be told."""
    time = body.time_s
    inside = (time >= rhythm.extremes_s[0]) & (time <= rhythm.extremes_s[-1])
    if direction in ("toward", "away"):
        # Seen from the front, nearer is larger; a tenth of a step changes the size by less than this can see.
        size = np.log(body.leg[a:b])
        known = np.flatnonzero(np.isfinite(size))
        if len(known) < 2:
            return float("nan")
        growth = float(size[known[-1]] - size[known[0]]) * (1 if direction == "toward" else -1)
        return growth / (STEP_GROWTH * len(rhythm.extremes))
    x = (body.pelvis[:, 0] - background[:, 0])[inside]
    x = x[np.isfinite(x)]
    if len(x) < 2:
        return float("nan")
    sign = 1 if direction == "right" else -1
    return sign * float(x[-1] - x[0]) / (rhythm.travel * nanmedian(body.leg[inside]))


def _is_walking(c: _Candidate) -> bool:
    if c.direction in ("toward", "away"):
        return True
    moves = np.nanmax([abs(c.travel), abs(c.world_travel)]) > RESTS_BELOW if np.isfinite(c.travel) else False
    return not c.trend < (BACKWARD if moves else ON_THE_SPOT)


def _why_not(body: Body, candidates: list[_Candidate]) -> str:
    if any(c.trend < BACKWARD for c in candidates):
        return "No walking was found: the feet move as in walking backward, which is not measured."
    if candidates:
        return "No walking was found: the person steps on the spot."
    apart = (body.ankles_apart / body.leg[:, None])[np.isfinite(body.ankles_apart).all(axis=1)]
    if len(apart) < 2:
        return "No walking was found: the two feet are never seen together."
    if body.time_s[-1] - body.time_s[0] < MIN_STEPS * 0.5 / STRIDE_HZ[1]:
        return f"No walking was found: {body.time_s[-1] - body.time_s[0]:.1f} s are too short for {MIN_STEPS} steps."
    swing_x, swing_y = np.ptp(np.percentile(apart, [5, 95], axis=0), axis=0)
    if swing_x < LEAST_SIDE_SWING and swing_y < LEAST_FRONT_SWING:
        return "No walking was found: the feet hardly move apart, as in standing."
    return f"No walking was found: fewer than {MIN_STEPS} steps in a row, left and right in turn, in one direction."


def _pass(body: Body, heading: Heading, number: int, c: _Candidate, settings: SceneSettings) -> Pass:
    shown = np.abs(heading.toward[c.start : c.end]) * SHOULDERS_PER_TRUNK
    ratio = nanmedian(shown)
    view: View = "sagittal" if ratio < SAGITTAL_BELOW else "frontal" if ratio > FRONTAL_ABOVE else "oblique"
    if c.direction in ("toward", "away") and view == "sagittal":
        view = "oblique"
    if settings.view != "auto":
        view = "sagittal" if settings.view == "side" else "frontal"
    direction = c.direction
    if view == "frontal":
        direction = "toward" if nanmedian(heading.toward[c.start : c.end]) > 0 else "away"
    side: dict[Direction, Side | None] = {"right": "right", "left": "left", "toward": None, "away": None}
    return Pass(
        number=number,
        start_s=float(body.time_s[c.start]),
        end_s=_end_s(body.time_s, c.end),
        direction=direction,
        view=view,
        near_side=side[direction],
        off_plane_deg=off_plane_deg(
            body, slice(c.start, c.end), direction, heading.toward, turns=_camera(body, [c]) == "panning"
        ),
    )


def _end_s(time_s: FloatArray, end: int) -> float:
    """Return when a walk that ends before row `end` is over: with that row, or with the last picture there is."""
    last_s = float(time_s[end - 1])
    return float(time_s[end]) if end < len(time_s) and time_s[end] - last_s <= UNSEEN_S else last_s + 1e-6


def _most_of(weighted: list[tuple[str, float]]) -> str:
    total: dict[str, float] = {}
    for name, weight in weighted:
        total[name] = total.get(name, 0.0) + weight
    return max(total, key=lambda name: total[name])


def _ground(body: Body, c: _Candidate) -> str:
    """Tell the ground from a belt, on evidence alone: else it stays unknown.

    A belt is one where the camera is known to rest, and the person, seen from the side, walks without moving on.
    """
    travel = c.world_travel if np.isfinite(c.world_travel) else c.travel
    if travel > TRAVELS_ABOVE:
        return "overground"
    seen_from_side = c.direction in ("right", "left")
    return "treadmill" if seen_from_side and travel < RESTS_BELOW and _camera(body, [c]) == "fixed" else "unknown"


def _camera(body: Body, kept: list[_Candidate]) -> str:
    moved, known = 0.0, False
    for c in kept:
        x = body.background[c.start : c.end, 0]
        x = x[np.isfinite(x)]
        if len(x) > 0.5 * (c.end - c.start):
            known = True
            moved = max(moved, float(np.ptp(x)) / nanmedian(body.leg[c.start : c.end]))
    if known:
        return "panning" if moved > PAN_LEG_LENGTHS else "fixed"
    # Feet that rest on the ground and in the picture, while the pelvis moves on: the camera rests too.
    return "fixed" if all(AS_FAST_AS_FEET[0] < c.travel < AS_FAST_AS_FEET[1] for c in kept) else "unknown"


def _off_plane_deg(passes: tuple[Pass, ...]) -> float | None:
    """Return the angle of the walk off the picture plane, the mean over the time of the passes from the side.

    A pass toward the camera, or away, is measured as what it is, and makes the others no more oblique.
    """
    from_side = [p for p in passes if p.direction in ("right", "left")] or passes
    known = [(p.off_plane_deg, p.end_s - p.start_s) for p in from_side if p.off_plane_deg is not None]
    return float(np.average([a for a, _ in known], weights=[w for _, w in known])) if known else None
