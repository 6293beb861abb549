"""The clips that come with the project."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .body import Look
from .camera import Camera, fixed
from .clip import Clip, Person
from .footfalls import PerSide, Style, both, plan_walk, stand, straight, to_and_fro
from .hard_clips import HARD
from .pelvis import Idle, Walker
from .proportions import Proportions
from .scene import make_room

BLUE, ORANGE = (0.16, 0.30, 0.60), (0.86, 0.44, 0.12)


def side_walk() -> Clip:
    """From the side, left to right, ordinary gait."""
    style = Style(step_time_s=both(0.545), step_length_m=both(0.63), stance=both(0.62))
    walk = plan_walk(style, straight((-5.0, 0.0), 0.0), first_strike_s=-1.37, n_steps=24, first_side="right")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.74))
    return Clip(
        name="side_walk",
        description="Ordinary gait from the side, left to right, still camera, 30 frames per second.",
        pts=np.arange(216),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -8.2, 1.0), target=(0, 0, 0.88), focal_px=1610, width=1280, height=720)),
        room=lambda: make_room(3, doors_x=(1.9,), plants_x=(-2.2, 3.1)),
        people=(Person(walker=walker),),
        view="sagittal",
        direction="right",
    )


def limp() -> Clip:
    """From the side, right to left, the right leg spared."""
    style = Style(
        step_time_s=PerSide(left=0.56, right=0.66),
        step_length_m=PerSide(left=0.46, right=0.56),
        stance=PerSide(left=0.66, right=0.58),
        trunk_forward_deg=7.0,
        trunk_sway_deg=3.0,
        arm_swing_deg=PerSide(left=14.0, right=9.0),
    )
    walk = plan_walk(style, straight((4.7, 0.0), 180.0), first_strike_s=-1.61, n_steps=24, first_side="right")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.66))
    look = Look(
        skin=(0.66, 0.46, 0.35), hair=(0.42, 0.40, 0.38), shirt=(0.72, 0.62, 0.30), trousers=(0.25, 0.30, 0.28),
        shoes=(0.20, 0.30, 0.62), shorts=True, girth=1.08,
    )  # fmt: skip
    return Clip(
        name="limp",
        description="A limp from the side, right to left: the right foot spends less time on the ground, the left step "
        "is shorter. Still camera, 25 frames per second.",
        pts=np.arange(225),
        time_base=Fraction(1, 25),
        camera=fixed(Camera(position=(0, -8.0, 1.0), target=(0, 0, 0.86), focal_px=1620, width=1280, height=720)),
        room=lambda: make_room(8, doors_x=(-2.4,), plants_x=(0.6,)),
        people=(Person(walker=walker, look=look),),
        view="sagittal",
        direction="left",
    )


def frontal_lean() -> Clip:
    """Toward the camera, the trunk leaning to the subject's right."""
    style = Style(
        step_time_s=both(0.56), step_length_m=both(0.60), trunk_right_deg=6.0, trunk_sway_deg=1.2, step_width_m=0.11
    )
    walk = plan_walk(style, straight((0.05, 3.2), -90.0), first_strike_s=-1.5, n_steps=24, first_side="left")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.70))
    look = Look(
        skin=(0.55, 0.37, 0.27), hair=(0.08, 0.06, 0.06), shirt=(0.68, 0.70, 0.68), trousers=(0.22, 0.26, 0.42),
        shoes=(0.24, 0.24, 0.26), long_sleeves=False, long_hair=True, girth=0.96,
    )  # fmt: skip
    return Clip(
        name="frontal_lean",
        description="Walking toward the camera with the trunk leaning to the subject's right. Still camera, 30 frames "
        "per second.",
        pts=np.arange(198),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -8.6, 1.15), target=(0, 0, 0.96), focal_px=1330, width=720, height=960)),
        room=lambda: make_room(12, wall_y=3.4, doors_x=(0.9,), plants_x=(-0.9,)),
        people=(Person(walker=walker, look=look),),
        view="frontal",
        direction="toward",
    )


def two_people() -> Clip:
    """One walks through; another stands nearer to the camera all the time."""
    style = Style(step_time_s=both(0.52), step_length_m=both(0.62))
    walk = plan_walk(style, straight((-6.46, 0.0), 0.0), first_strike_s=-1.86, n_steps=26, first_side="right")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.70))
    look = Look(
        skin=(0.84, 0.64, 0.52), hair=(0.48, 0.32, 0.16), shirt=(0.66, 0.24, 0.28), trousers=(0.34, 0.36, 0.40),
        shoes=(0.90, 0.90, 0.88), soles=(0.30, 0.30, 0.30), long_hair=True, girth=0.95,
    )  # fmt: skip
    still = Style(toe_out_deg=10.0, step_width_m=0.20, trunk_forward_deg=0.0)
    bystander = Walker(
        footfalls=stand(still, (1.53, -3.2), -125.0),
        style=still,
        body=Proportions(height_m=1.80),
        idle=Idle(sway_m=0.022, arms_deg=13.0),
    )
    other = Look(
        skin=(0.74, 0.54, 0.42), shirt=(0.24, 0.40, 0.30), trousers=(0.46, 0.42, 0.34), shoes=(0.24, 0.18, 0.14),
        soles=(0.12, 0.10, 0.09), long_sleeves=True, girth=1.1,
    )  # fmt: skip
    return Clip(
        name="two_people",
        description="One person walks through, left to right, and passes behind another who stands nearer to the "
        "camera, is larger in the picture and longer in view. Still camera, 30 frames per second.",
        pts=np.arange(255),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -8.2, 1.05), target=(0, 0, 0.95), focal_px=1610, width=1280, height=720)),
        room=lambda: make_room(21, doors_x=(-2.6,), plants_x=(0.4,)),
        people=(Person(walker=walker, look=look), Person(walker=bystander, look=other)),
        view="sagittal",
        direction="right",
    )


def phone() -> Clip:
    """A phone held upright, carried alongside: stored turned, with an irregular frame rate."""
    style = Style(step_time_s=both(0.53), step_length_m=both(0.65), stance=both(0.615))
    walk = plan_walk(style, straight((-6.4, 0.0), 0.0), first_strike_s=-1.2, n_steps=26, first_side="right")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.68))
    look = Look(
        skin=(0.78, 0.58, 0.47), hair=(0.20, 0.13, 0.09), shirt=(0.86, 0.84, 0.80), trousers=(0.24, 0.36, 0.52),
        shoes=(0.28, 0.28, 0.30), soles=(0.88, 0.88, 0.86), long_hair=True, girth=0.94,
    )  # fmt: skip
    base = Camera(position=(-5.15, -4.0, 1.25), target=(-5.15, 0, 0.92), focal_px=1330, width=720, height=1280)

    def camera(time_s: float) -> Camera:
        along = style.speed_m_s * time_s + 0.10 * np.sin(0.8 * time_s) + 0.012 * np.sin(6.1 * time_s + 1)
        return base.moved(
            along, 0.02 * np.sin(1.1 * time_s), 0.010 * np.sin(11.6 * time_s) + 0.012 * np.sin(2.3 * time_s)
        )

    return Clip(
        name="phone",
        description="Filmed by a phone held upright and carried alongside: the picture is stored turned by 90 degrees, "
        "the frame rate is irregular, and the camera moves.",
        pts=irregular_pts(8.0, seed=5),
        time_base=Fraction(1, 90000),
        camera=camera,
        camera_moves=True,
        room=lambda: make_room(30, wall_y=1.3, doors_x=(-3.0, 3.4), plants_x=(-1.0, 1.5, 5.6)),
        people=(Person(walker=walker, look=look),),
        view="sagittal",
        direction="right",
        stored_turn_deg=90,
        crf=26,
    )


def two_colours() -> Clip:
    """From the side, right to left, the left arm and leg of another colour than the right ones."""
    style = Style(step_time_s=both(0.57), step_length_m=both(0.60), stance=both(0.625))
    walk = plan_walk(style, straight((4.9, 0.0), 180.0), first_strike_s=-1.45, n_steps=24, first_side="left")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.72))
    look = Look(
        skin=(0.62, 0.44, 0.34), hair=(0.14, 0.10, 0.08), shirt=BLUE, trousers=BLUE, shoes=(0.12, 0.22, 0.45),
        soles=(0.90, 0.90, 0.87), long_sleeves=True, left_limbs=ORANGE,
    )  # fmt: skip
    return Clip(
        name="two_colours",
        description="Ordinary gait from the side, right to left; the left arm and leg are orange, the right ones blue, "
        "so every frame shows which is which. Still camera, 30 frames per second.",
        pts=np.arange(228),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -8.2, 1.0), target=(0, 0, 0.88), focal_px=1610, width=1280, height=720)),
        room=lambda: make_room(5, doors_x=(-2.1,), plants_x=(1.8,)),
        people=(Person(walker=walker, look=look),),
        view="sagittal",
        direction="left",
    )


def standing() -> Clip:
    """Somebody stands, and nobody walks."""
    still = Style(toe_out_deg=9.0, step_width_m=0.16, trunk_forward_deg=1.0)
    person = Walker(footfalls=stand(still, (0.0, 0.0), -20.0), style=still, idle=Idle(sway_m=0.015, arms_deg=6.0))
    return Clip(
        name="standing",
        description="Somebody stands still; nobody walks.",
        pts=np.arange(100),
        time_base=Fraction(1, 25),
        camera=fixed(Camera(position=(0, -6.0, 1.0), target=(0, 0, 0.9), focal_px=960, width=640, height=480)),
        room=lambda: make_room(3, doors_x=(1.2,), plants_x=(-1.4,)),
        people=(Person(walker=person),),
    )


def empty_room() -> Clip:
    """Nobody is there."""
    return Clip(
        name="empty_room",
        description="An empty room.",
        pts=np.arange(50),
        time_base=Fraction(1, 25),
        camera=fixed(Camera(position=(0, -6.0, 1.0), target=(0, 0, 0.9), focal_px=960, width=640, height=480)),
        room=lambda: make_room(3, doors_x=(1.2,), plants_x=(-1.4,)),
        people=(),
    )


def long_walk(seconds: float = 60.0) -> Clip:
    """To and fro in front of a still camera, with turns; for timing the program."""
    style = Style(step_time_s=both(0.54), step_length_m=both(0.62), step_time_sd_s=0.012, step_length_sd_m=0.012)
    lengths = int(seconds / 4) + 3
    walk = plan_walk(style, to_and_fro(1.9, 0.55, lengths), first_strike_s=-2.0, n_steps=int(seconds / 0.5) + 20)
    walker = Walker(footfalls=walk, style=style)
    return Clip(
        name="long",
        description="Walking to and fro from the side, with turns. Still camera, 30 frames per second.",
        pts=np.arange(round(30 * seconds)),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -8.2, 1.0), target=(0, 0, 0.88), focal_px=1610, width=1280, height=720)),
        room=lambda: make_room(3, wall_y=2.4, doors_x=(1.9,), plants_x=(-2.2, 3.1)),
        people=(Person(walker=walker),),
        view="sagittal",
    )


def irregular_pts(seconds: float, seed: int) -> npt.NDArray[np.int64]:
    """Return timestamps in 1/90000 s as phones write them: near 30 a second, uneven, some frames missing."""
    rng = np.random.default_rng(seed)
    ticks = np.arange(round(30 * seconds)) * 3000 + rng.integers(-360, 361, round(30 * seconds))
    kept = rng.random(len(ticks)) > 0.05
    kept[0] = True
    pts: npt.NDArray[np.int64] = (ticks - ticks[0])[kept]
    return pts


SHIPPED: dict[str, Callable[[], Clip]] = {
    "side_walk": side_walk,
    "limp": limp,
    "frontal_lean": frontal_lean,
    "two_people": two_people,
    "phone": phone,
    "two_colours": two_colours,
    "standing": standing,
    "empty_room": empty_room,
    **HARD,
}
