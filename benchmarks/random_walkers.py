"""Walkers drawn at random, and the cameras that film them from the side, as clips of the project's own renderer."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sample_videos"))

import numpy as np
from renderer.body import Look
from renderer.camera import Camera, fixed
from renderer.clip import Clip, Person
from renderer.footfalls import OTHER, SIDES, PerSide, Side, Style, plan_walk, straight, to_and_fro
from renderer.pelvis import Walker
from renderer.proportions import Child, Proportions
from renderer.scene import make_room
from renderer.walker import move

PACES = {"slow": (0.5, 0.8), "usual": (0.95, 1.3), "fast": (1.4, 1.7)}
"""Metres a second, of an adult; of others at the same Froude number."""
WALK_RATIO = 0.0064
"""Metres of a step for each step a minute, usual in adults at all speeds (Sekiya and Nagasaki 1998)."""
ADULT_LEG_M = 0.845
PICTURE = (960, 540)
BODY_PX = (150, 420)
LEAD_S = 2.2
"""Walking before the clip, so that it begins in full stride."""
LONGEST_S, LONGEST_S_AT_60, TURNING_S = 7.0, 5.5, 9.0
TURN_RADIUS_M = 0.5


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One walker and camera.

    Attributes
    ----------
    number : int
    clip : Clip
    pace : {"slow", "usual", "fast"}
    limps, is_child, turns : bool
        `turns`: walks to and fro.
    off_plane_deg, distance_m : float
        The angle of the camera away from square to the walk, and its distance.
    fps : int
    """

    number: int
    clip: Clip
    pace: str
    limps: bool
    is_child: bool
    turns: bool
    off_plane_deg: float
    distance_m: float
    fps: int

    @property
    def walker(self) -> Walker:
        """Who walks."""
        return self.clip.people[0].walker


def draw(number: int) -> Drawn:
    """Draw a walker and a camera; the same number gives the same ones, and every few numbers hold each kind of them."""
    for attempt in count():
        try:
            drawn = _draw(number, np.random.default_rng([number, attempt]))
            move(drawn.walker, drawn.clip.time_s)
        except ValueError:  # Steps too long for the legs, or phases that do not fit each other.
            continue
        return drawn
    raise AssertionError


def _draw(number: int, rng: np.random.Generator) -> Drawn:
    pace = tuple(PACES)[number % 3]
    limps, is_child, turns = number % 5 in (1, 3), number % 7 == 4, number % 8 == 5
    height_m = rng.uniform(0.98, 1.25) if is_child else rng.uniform(1.52, 1.90)
    body = (Child if is_child else Proportions)(height_m=float(height_m))
    style = _style(rng, body, pace, limps)
    fps = int(rng.choice([25, 30, 60], p=[0.3, 0.45, 0.25]))
    longest_s = LONGEST_S if fps < 60 else LONGEST_S_AT_60
    # Whoever is fast is filmed from where enough of the walk is seen, whoever turns from where both ends are.
    nearest = {"slow": 3.5, "usual": 4.5, "fast": 6.0}[pace] if not turns else 6.5
    focal_px = float(PICTURE[0] * rng.uniform(0.80, 1.15 if not turns else 0.9))
    lowest, highest = (focal_px * body.height_m / px for px in reversed(BODY_PX))
    low = max(lowest, min(nearest, highest))
    distance_m = float(rng.uniform(low, max(low, min(9.0, highest))))
    off_plane_deg = float(rng.uniform(-15, 15))
    half_view_m = distance_m * PICTURE[0] / focal_px / 2
    direction: Side = "right" if rng.random() < 0.5 else "left"
    heading_deg = 0.0 if direction == "right" else 180.0
    if turns:
        seconds = TURNING_S
        half_m = half_view_m - TURN_RADIUS_M - 0.45 * body.height_m
        path = to_and_fro(half_m, TURN_RADIUS_M, 9)
    else:
        seconds = min(longest_s, (2 * half_view_m + 0.4 * body.height_m) / style.speed_m_s)
        sign = 1.0 if direction == "right" else -1.0
        path = straight((-sign * style.speed_m_s * (seconds / 2 + LEAD_S), 0.0), heading_deg)
    falls = plan_walk(
        style, path, first_strike_s=-LEAD_S - float(rng.uniform(0, style.stride_time_s)),
        n_steps=int((seconds + 2 * LEAD_S + 4) / style.stride_time_s * 2), first_side=SIDES[int(rng.integers(2))],
        seed=number,
    )  # fmt: skip
    angle = np.radians(off_plane_deg)
    camera = Camera(
        position=(distance_m * float(np.sin(angle)), -distance_m * float(np.cos(angle)), float(rng.uniform(0.8, 1.5))),
        target=(0.0, TURN_RADIUS_M if turns else 0.0, 0.51 * body.height_m),
        focal_px=focal_px, width=PICTURE[0], height=PICTURE[1],
    )  # fmt: skip
    room_seed, door, plant = int(rng.integers(1000)), float(rng.uniform(-3, 3)), float(rng.uniform(-3, 3))
    clip = Clip(
        name=f"walker_{number:02d}",
        description=f"A random walker: {pace}{', limping' * limps}{', a child' * is_child}{', to and fro' * turns}.",
        pts=np.arange(int(seconds * fps)),
        time_base=Fraction(1, fps),
        camera=fixed(camera),
        room=lambda: make_room(room_seed, wall_y=3.0, doors_x=(door,), plants_x=(plant,)),
        people=(Person(walker=Walker(footfalls=falls, style=style, body=body), look=_look(rng)),),
        view="sagittal",
        direction=None if turns else direction,
        crf=25,
        measurable=True,
    )
    return Drawn(
        number=number, clip=clip, pace=pace, limps=limps, is_child=is_child, turns=turns,
        off_plane_deg=off_plane_deg, distance_m=distance_m, fps=fps,
    )  # fmt: skip


def _style(rng: np.random.Generator, body: Proportions, pace: str, limps: bool) -> Style:
    """Draw a way of walking; steps follow from the pace and the length of the leg."""
    leg = body.leg_m / ADULT_LEG_M
    adult_m_s = float(rng.uniform(*PACES[pace]))
    step_m = float(np.sqrt(60 * WALK_RATIO * adult_m_s) * leg * rng.normal(1, 0.05))
    speed = adult_m_s * np.sqrt(leg)
    step_s = step_m / speed
    stance = 0.62 - 0.06 * (adult_m_s - 1.2) + 0.008 * float(rng.standard_normal())
    strike_pitch = {side: float(rng.normal(18, 3)) for side in SIDES}
    # Slow walkers push off less, and bend the knee less in swing.
    less = max(1.2 - adult_m_s, 0.0)
    off_pitch = {side: float(rng.normal(-62 + 28 * less, 4)) for side in SIDES}
    lift = {side: float(rng.uniform(0.65, 1.1)) * (1 - 0.5 * less) for side in SIDES}
    stances = {side: stance + 0.006 * float(rng.standard_normal()) for side in SIDES}
    longer = {side: float(rng.normal(0, 0.02)) for side in SIDES}
    slower = {side: float(rng.normal(0, 0.01)) for side in SIDES}
    if limps:
        # The sore leg stands for less time, so that the other one steps sooner and shorter.
        sore = SIDES[int(rng.integers(2))]
        stances[sore] -= float(rng.uniform(0.03, 0.07))
        stances[OTHER[sore]] += float(rng.uniform(0.0, 0.03))
        slower[sore] += float(rng.uniform(0.02, 0.09))
        longer[sore] += float(rng.uniform(-0.06, 0.12))
        if rng.random() < 0.6:
            # Its knee is stiff.
            off_pitch[sore] *= float(rng.uniform(0.35, 0.70))
            strike_pitch[sore] *= float(rng.uniform(0.1, 0.8))
            lift[sore] = max(lift[sore] * float(rng.uniform(0.3, 0.7)), 0.25)
    step_times = {side: step_s * (1 + slower[side] - slower[OTHER[side]]) for side in SIDES}
    for other in SIDES:
        if step_times[other] - (1 - stances[other]) * 2 * step_s < 0.035 * 2 * step_s:
            raise ValueError("Next to no double support.")
    return Style(
        step_time_s=_sides(step_times),
        step_length_m=_sides({side: step_m * (1 + longer[side] - longer[OTHER[side]]) for side in SIDES}),
        stance=_sides(stances),
        step_width_m=float(rng.uniform(0.05, 0.13)) * leg,
        toe_out_deg=float(rng.uniform(2, 10)),
        trunk_forward_deg=float(rng.normal(3, 3)),
        trunk_right_deg=float(rng.normal(0, 1.5)),
        trunk_sway_deg=float(rng.uniform(0.5, 3)),
        arm_swing_deg=PerSide(left=float(rng.uniform(5, 22)), right=float(rng.uniform(5, 22))),
        step_time_sd_s=float(rng.uniform(0.005, 0.02)) * float(np.sqrt(step_s / 0.54)),
        step_length_sd_m=float(rng.uniform(0.005, 0.02)) * leg,
        strike_pitch_deg=_sides(strike_pitch),
        off_pitch_deg=_sides(off_pitch),
        lift=_sides(lift),
        # At a true strike the heel still moves at 0.04 to 0.43 of the walking speed, at a true off the toes at 0.13 to
        # 0.55 of the root of g times leg length, 0.25 to 1.8 walking speeds (children and adults on force plates).
        heel_speed_m_s=(float(rng.uniform(0.04, 0.43)) * speed, -0.34 * speed),
        toe_speed=float(np.clip(rng.uniform(0.13, 0.45) * np.sqrt(9.81 * body.leg_m) / speed, 0.25, 1.8)),
    )


def _sides(values: dict[Side, float]) -> PerSide:
    return PerSide(left=values["left"], right=values["right"])


def _look(rng: np.random.Generator) -> Look:
    def color(low: float, high: float) -> tuple[float, float, float]:
        r, g, b = (float(v) for v in rng.uniform(low, high) * rng.uniform(0.6, 1.4, 3))
        return min(r, 0.95), min(g, 0.95), min(b, 0.95)

    skin = np.array([0.84, 0.64, 0.52]) * float(rng.uniform(0.5, 1.0))
    return Look(
        skin=(float(skin[0]), float(skin[1]), float(skin[2])),
        hair=color(0.08, 0.5), shirt=color(0.12, 0.8), trousers=color(0.10, 0.75), shoes=color(0.10, 0.85),
        soles=color(0.3, 0.9), shorts=bool(rng.random() < 0.25), long_sleeves=bool(rng.random() < 0.5),
        long_hair=bool(rng.random() < 0.4), girth=float(rng.uniform(0.9, 1.15)),
    )  # fmt: skip
