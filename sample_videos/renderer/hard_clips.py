"""The clips that are meaner than life: what a program must follow, decline or allow for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache

import cv2
import numpy as np

from .body import Look
from .camera import Camera, fixed
from .clip import Clip, Person
from .curves import Array, smooth
from .footfalls import Path, PerSide, Style, both, plan_walk, straight, to_and_fro
from .panels import Mirror
from .pelvis import Idle, Walker
from .proportions import Child, Proportions
from .props import coat_stand, corridor_wall, drift, shelves, sofa, stick, watermark
from .scene import FLOOR_X, PX_PER_M, WALL_HEIGHT_M, Room, make_room
from .walker import move

MAN = Look(
    skin=(0.78, 0.57, 0.45), hair=(0.20, 0.14, 0.10), shirt=(0.70, 0.30, 0.22), trousers=(0.22, 0.26, 0.36),
    shoes=(0.88, 0.88, 0.85), soles=(0.35, 0.35, 0.35), long_sleeves=True,
)  # fmt: skip
WOMAN = Look(
    skin=(0.82, 0.62, 0.50), hair=(0.42, 0.27, 0.14), shirt=(0.24, 0.52, 0.50), trousers=(0.80, 0.78, 0.72),
    shoes=(0.55, 0.53, 0.50), soles=(0.85, 0.85, 0.82), long_hair=True, girth=0.97,
)  # fmt: skip
IN_GREEN = Look(
    skin=(0.52, 0.36, 0.27), hair=(0.07, 0.06, 0.06), shirt=(0.30, 0.46, 0.24), trousers=(0.30, 0.24, 0.20),
    shoes=(0.15, 0.14, 0.14), soles=(0.80, 0.80, 0.78), girth=1.06,
)  # fmt: skip
IN_YELLOW = Look(
    skin=(0.84, 0.66, 0.54), hair=(0.66, 0.50, 0.28), shirt=(0.88, 0.74, 0.22), trousers=(0.14, 0.14, 0.17),
    shoes=(0.80, 0.30, 0.26), soles=(0.9, 0.9, 0.9), long_hair=True, girth=0.92,
)  # fmt: skip


def mirror_room() -> Clip:
    """To and fro in a living room whose mirror shows the walker once more."""
    style = Style(step_time_s=both(0.55), step_length_m=both(0.61))
    walk = plan_walk(style, _lengths(1.15, 0.40, 3, lead_m=4.3), first_strike_s=-2.6, n_steps=40)
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.74))

    def room() -> Room:
        mirror = Mirror(x=(-1.25, 0.95), z=(0.14, 2.02), opposite_y=-5.2, opposite=make_room(9, doors_x=(-0.7,)).wall)
        plain = make_room(14, wall_y=1.55, doors_x=(1.75,))
        furniture = [*sofa(0.25, 1.05, -0.75, (0.42, 0.34, 0.46), top_m=0.50), *coat_stand(-1.78, 1.15)]
        return replace(plain, wall=_framed(plain.wall, mirror), furniture=furniture, mirror=mirror)

    return Clip(
        name="mirror_room",
        description="To and fro in a small living room, the last time to the right and out. A mirror on the wall shows "
        "the walker a second time, a sofa hides the feet on the right, and a coat stand looks like somebody. "
        "Still camera, 30 frames per second.",
        pts=np.arange(378),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -4.5, 1.35), target=(0, 0.3, 0.92), focal_px=760, width=768, height=432)),
        room=room,
        people=(Person(walker=walker, look=MAN),),
        view="sagittal",
        crf=27,
        measurable=True,
    )


def leaves_and_returns() -> Clip:
    """Out of the picture and back, twice, while somebody else goes by."""
    style = Style(step_time_s=both(0.54), step_length_m=both(0.62))
    walk = plan_walk(style, _lengths(2.6, 0.35, 3, lead_m=1.6), first_strike_s=-2.6, n_steps=50, first_side="left")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.68))
    fast = Style(step_time_s=both(0.50), step_length_m=both(0.74))
    other = plan_walk(fast, straight((9.0, 0.95), 180.0), first_strike_s=-1.2, n_steps=50)
    return Clip(
        name="leaves_and_returns",
        description="Somebody walks out of the picture on the right, is away for some two seconds, walks back and out "
        "on the left, and returns. Somebody else crosses meanwhile. Still camera, 30 frames per second.",
        pts=np.arange(456),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -7.0, 1.0), target=(0, 0.3, 0.90), focal_px=1573, width=854, height=480)),
        room=lambda: make_room(22, wall_y=1.9, doors_x=(-1.3,), plants_x=(1.5,)),
        people=(
            Person(walker=walker, look=WOMAN),
            Person(walker=Walker(footfalls=other, style=fast, body=Proportions(height_m=1.80)), look=IN_GREEN),
        ),
        view="sagittal",
        crf=28,
        measurable=True,
    )


def shop_from_behind() -> Clip:
    """Followed through a shop, seen from behind; she stops, looks about, and goes on."""
    style = Style(step_time_s=both(0.58), step_length_m=both(0.52), step_width_m=0.10, arm_swing_deg=both(12.0))
    walk = plan_walk(style, straight((0.0, -2.0), 90.0), first_strike_s=-2.4, n_steps=34, pauses_s={11: 2.8})
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.63))
    brisk = Style(step_time_s=both(0.52), step_length_m=both(0.64))
    near = plan_walk(brisk, straight((-9.4, 2.6), 0.0), first_strike_s=-2.0, n_steps=40)
    far = plan_walk(brisk, straight((8.2, 7.2), 180.0), first_strike_s=-2.0, n_steps=40)
    rows = (
        *shelves(-2.1, -4.0, 1.6, 0.7, 1), *shelves(-2.1, 3.4, 6.3, 0.7, 2), *shelves(-2.1, 8.2, 13.0, 0.7, 3),
        *shelves(1.5, -4.0, 1.9, 0.7, 4), *shelves(1.5, 3.4, 6.4, 0.7, 5), *shelves(1.5, 8.0, 13.0, 0.7, 6),
    )  # fmt: skip
    return Clip(
        name="shop_from_behind",
        description="Followed through a shop by a hand-held camera, seen from behind. She walks, stands for some three "
        "seconds and walks on; one person crosses between her and the camera, another in front of her. 30 frames per "
        "second.",
        pts=np.arange(360),
        time_base=Fraction(1, 30),
        camera=_following(
            walker,
            Camera(position=(0, -3.3, 1.5), target=(0, 0.0, 0.83), focal_px=640, width=480, height=640),
            sway_m=0.035,
        ),
        camera_moves=True,
        room=lambda: replace(make_room(33, wall_y=14.0, doors_x=(0.3,)), panels=rows),
        people=(
            Person(walker=walker, look=WOMAN),
            Person(walker=Walker(footfalls=near, style=brisk, body=Proportions(height_m=1.77)), look=IN_GREEN),
            Person(walker=Walker(footfalls=far, style=brisk, body=Proportions(height_m=1.66)), look=IN_YELLOW),
        ),
        view="frontal",
        direction="away",
        crf=32,
        samples=2,
        measurable=True,
    )


def pan_watermark() -> Clip:
    """A camera on a stand turns after the walker; an emblem and a line of text stay where they are."""
    style = Style(step_time_s=both(0.53), step_length_m=both(0.66))
    walk = plan_walk(style, straight((-7.6, 0.0), 0.0), first_strike_s=-2.4, n_steps=34, first_side="left")
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.78))
    look = replace(MAN, shirt=(0.22, 0.30, 0.52), trousers=(0.52, 0.46, 0.36), shoes=(0.30, 0.20, 0.14), girth=1.05)
    stand = Camera(position=(0, -8.0, 1.25), target=(0, 0, 0.88), focal_px=1250, width=854, height=480)
    carried = _following(walker, stand, sway_m=0.02)

    def camera(time_s: float) -> Camera:
        x, _, z = carried(time_s).target
        return replace(stand, target=(0.94 * x + 0.12 * np.sin(1.1 * time_s), 0.0, z + 0.01 * np.sin(7 * time_s)))

    return Clip(
        name="pan_watermark",
        description="From the side, left to right; the camera stands still and turns after the walker. An emblem and a "
        "line of text are written over the picture. 30 frames per second.",
        pts=np.arange(234),
        time_base=Fraction(1, 30),
        camera=camera,
        camera_moves=True,
        room=lambda: make_room(40, wall_y=1.5, doors_x=(-3.6, 0.7, 4.4), plants_x=(-5.0, -1.6, 2.8)),
        people=(Person(walker=walker, look=look),),
        view="sagittal",
        direction="right",
        crf=28,
        samples=2,
        overlay=watermark,
        measurable=True,
    )


def old_man_stick() -> Clip:
    """Slowly, bent, with a stick: both feet are on the ground for much of the time."""
    style = Style(
        step_time_s=both(0.80), step_length_m=both(0.40), stance=both(0.70), step_width_m=0.13, toe_out_deg=10.0,
        trunk_forward_deg=17.0, trunk_sway_deg=2.5, arm_swing_deg=PerSide(left=6.0, right=9.0),
    )  # fmt: skip
    walk = plan_walk(style, straight((-4.1, 0.0), 0.0), first_strike_s=-3.0, n_steps=30)
    look = Look(
        skin=(0.80, 0.62, 0.53), hair=(0.78, 0.77, 0.75), shirt=(0.46, 0.40, 0.34), trousers=(0.32, 0.31, 0.30),
        shoes=(0.20, 0.14, 0.10), soles=(0.10, 0.09, 0.08), long_sleeves=True, girth=1.04,
    )  # fmt: skip
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.66))
    return Clip(
        name="old_man_stick",
        description="A bent old man with a stick in the right hand, from the side, left to right, at 0.5 metres a "
        "second. Still camera, 25 frames per second.",
        pts=np.arange(270),
        time_base=Fraction(1, 25),
        camera=fixed(Camera(position=(0, -7.5, 1.0), target=(0, 0, 0.84), focal_px=1330, width=854, height=480)),
        room=lambda: make_room(45, doors_x=(1.2,), plants_x=(-1.5,)),
        people=(Person(walker=walker, look=look, carries=stick),),
        view="sagittal",
        direction="right",
        measurable=True,
    )


def child() -> Clip:
    """A child of about five, 160 steps a minute."""
    style = Style(
        step_time_s=both(0.375), step_length_m=both(0.40), stance=both(0.60), step_width_m=0.08, trunk_forward_deg=4.0
    )
    walk = plan_walk(style, straight((5.1, 0.0), 180.0), first_strike_s=-2.2, n_steps=40)
    look = Look(
        skin=(0.86, 0.68, 0.57), hair=(0.52, 0.36, 0.18), shirt=(0.85, 0.42, 0.20), trousers=(0.26, 0.38, 0.60),
        shoes=(0.92, 0.92, 0.90), soles=(0.30, 0.55, 0.75), girth=1.12,
    )  # fmt: skip
    return Clip(
        name="child",
        description="A child 1.05 m tall, from the side, right to left, at 160 steps per minute. Still camera, 30 "
        "frames per second.",
        pts=np.arange(168),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -6.0, 0.8), target=(0, 0, 0.62), focal_px=1000, width=854, height=480)),
        room=lambda: make_room(53, doors_x=(-1.3,), plants_x=(0.9,)),
        people=(Person(walker=Walker(footfalls=walk, style=style, body=Child()), look=look),),
        view="sagittal",
        direction="left",
        measurable=True,
    )


def backing_camera() -> Clip:
    """Toward a camera that goes backward before him."""
    style = Style(step_time_s=both(0.55), step_length_m=both(0.64), step_width_m=0.11)
    walk = plan_walk(style, straight((0.0, 4.6), -90.0), first_strike_s=-2.3, n_steps=32)
    walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.79))
    walls = (corridor_wall(-1.35, -16.0, 6.0, 7), corridor_wall(1.35, -16.0, 6.0, 8))
    look = replace(MAN, hair=(0.10, 0.08, 0.07), shirt=(0.86, 0.86, 0.83), trousers=(0.16, 0.18, 0.22))
    return Clip(
        name="backing_camera",
        description="Toward a camera that is carried backward before him at the same distance, along a corridor. "
        "30 frames per second.",
        pts=np.arange(240),
        time_base=Fraction(1, 30),
        camera=_following(
            walker,
            Camera(position=(0.1, -3.7, 1.4), target=(0, 0.0, 0.92), focal_px=690, width=480, height=640),
            sway_m=0.025,
        ),
        camera_moves=True,
        room=lambda: replace(make_room(61, wall_y=6.0, doors_x=(0.0,)), panels=walls),
        people=(Person(walker=walker, look=look),),
        view="frontal",
        direction="toward",
        crf=27,
        samples=2,
        measurable=True,
    )


def slow_motion() -> Clip:
    """120 pictures a second, played at 30; the file says so in a phone's words."""
    style = Style(step_time_s=both(0.53), step_length_m=both(0.64))
    walk = plan_walk(style, straight((-4.6, 0.0), 0.0), first_strike_s=-2.2, n_steps=24)
    look = replace(WOMAN, shirt=(0.52, 0.20, 0.42), trousers=(0.20, 0.22, 0.30), shoes=(0.25, 0.60, 0.70))
    return Clip(
        name="slow_motion",
        description="Ordinary gait from the side, left to right, recorded at 120 frames per second and played at 30: "
        "the file's clock runs four times too slowly, and its metadata say so. Still camera.",
        pts=np.arange(400),
        time_base=Fraction(1, 30),
        camera=fixed(Camera(position=(0, -6.5, 1.0), target=(0, 0, 0.86), focal_px=1010, width=640, height=360)),
        room=lambda: make_room(70, doors_x=(-1.2,), plants_x=(1.3,)),
        people=(Person(walker=Walker(footfalls=walk, style=style, body=Proportions(height_m=1.67)), look=look),),
        view="sagittal",
        direction="right",
        crf=25,
        clock_stretch=4.0,
        metadata={"com.android.capture.fps": "120.000000"},
        measurable=True,
    )


def slow_motion_untold() -> Clip:
    """The same pictures, and nothing in the file that says what its clock is."""
    told = slow_motion()
    description = told.description.replace(", and its metadata say so", ", and nothing in it says so")
    return replace(told, name="slow_motion_untold", description=description, metadata={})


def passers_by() -> Clip:
    """From high up, at 10 frames a second: people go by, small, and none of them is the subject."""
    plans = (
        ((-9.5, 0.6), 0.0, 1.74, 0.68, MAN),
        ((9.0, 2.4), 180.0, 1.66, 0.62, WOMAN),
        ((3.4, 7.0), -100.0, 1.80, 0.70, IN_GREEN),
        ((-4.5, -6.0), 72.0, 1.64, 0.60, IN_YELLOW),
        ((8.6, -3.2), 158.0, 1.72, 0.66, replace(MAN, shirt=(0.30, 0.30, 0.34))),
    )
    people = []
    for number, (start, heading_deg, height_m, step_m, look) in enumerate(plans):
        style = Style(step_time_s=both(0.50 + 0.012 * number), step_length_m=both(step_m))
        walk = plan_walk(style, straight(start, heading_deg), first_strike_s=-2.2 - 0.17 * number, n_steps=40)
        walker = Walker(footfalls=walk, style=style, body=Proportions(height_m=height_m))
        people.append(Person(walker=walker, look=look))
    return Clip(
        name="passers_by",
        description="Five passers-by cross a hall in different directions, small, seen from high up at 10 frames per "
        "second; nobody's gait can be measured. Still camera.",
        pts=np.arange(110),
        time_base=Fraction(1, 10),
        camera=fixed(Camera(position=(0, -13.5, 6.4), target=(0, 1.0, 0.0), focal_px=640, width=768, height=432)),
        room=lambda: make_room(77, wall_y=9.0, doors_x=(-4.0, 3.2), plants_x=(-6.0, 0.0, 6.0)),
        people=tuple(people),
        measurable=False,
        has_subject=False,
    )


def ceiling() -> Clip:
    """From the ceiling, steeply down: some shuffling steps, and standing."""
    style = Style(
        step_time_s=both(0.62), step_length_m=both(0.20), stance=both(0.70), step_width_m=0.13, arm_swing_deg=both(4.0)
    )
    walk = plan_walk(
        style, straight((-0.95, 0.30), -12.0), first_strike_s=-3.0, n_steps=11, pauses_s={1: 2.6, 6: 3.2, 10: 60.0}
    )
    person = Walker(footfalls=walk, style=style, body=Proportions(height_m=1.70), idle=Idle(sway_m=0.01, arms_deg=7.0))
    return Clip(
        name="ceiling",
        description="A camera at the ceiling looks steeply down on somebody who stands, takes a few shuffling steps, "
        "and stands again. Nothing can be measured. 15 frames per second.",
        pts=np.arange(150),
        time_base=Fraction(1, 15),
        camera=fixed(
            Camera(position=(0.0, -1.15, 2.9), target=(-0.1, 0.35, 0.35), focal_px=420, width=640, height=480)
        ),
        room=lambda: make_room(81, wall_y=1.6, doors_x=(1.0,), plants_x=(-1.5,)),
        people=(Person(walker=person, look=replace(IN_GREEN, shirt=(0.60, 0.62, 0.66))),),
        measurable=False,
    )


def _lengths(half_length_m: float, turn_radius_m: float, n_lengths: int, lead_m: float) -> Path:
    """Return a path to and fro that begins `lead_m` before its first length, and goes straight on after its last."""
    path = to_and_fro(half_length_m, turn_radius_m, n_lengths)
    last = int(np.argmax(path.heading_rad >= np.pi * (n_lengths - 1) + 1e-9))
    xy, heading = path.xy[:last], path.heading_rad[:last]
    return Path(
        xy=np.concatenate([xy[:1] - [[lead_m, 0.0]], xy]),
        heading_rad=np.concatenate([[0.0], heading]),
        length_m=np.concatenate([[0.0], path.length_m[:last] + lead_m]),
    )


def _following(walker: Walker, base: Camera, sway_m: float) -> Callable[[float], Camera]:
    """Return a camera that is carried along with a walker; `base` is the one for a walker at the origin."""

    @cache
    def way() -> tuple[Array, Array]:
        grid = np.arange(0.0, 30.0, 0.05)
        last_s = max(fall.strike_s for fall in walker.footfalls) - 0.5
        grid = grid[grid < last_s]
        # Whoever holds the camera answers to the walk, not to each step.
        return grid, smooth(move(walker, grid).points["mid_hip"][:, :2], 9.0)

    def camera(time_s: float) -> Camera:
        grid, xy = way()
        x, y = (float(np.interp(time_s, grid, xy[:, i])) for i in (0, 1))
        held = base.moved(x, y, 0.0).moved(*drift(time_s, sway_m, seed=1.0))
        aim = drift(time_s, 1.6 * sway_m, seed=4.0)
        return replace(held, target=(held.target[0] + aim[0], held.target[1], held.target[2] + aim[2]))

    return camera


def _framed(wall: np.ndarray, mirror: Mirror) -> np.ndarray:
    """Return the wall with a dark frame around the mirror, and nothing behind it."""
    out = wall.copy()
    for margin, color in ((0.06, (0.28, 0.20, 0.14)), (0.0, (0.5, 0.5, 0.5))):
        (x0, x1), (z0, z1) = mirror.x, mirror.z
        corners = [
            (int((x - FLOOR_X[0]) * PX_PER_M), int((WALL_HEIGHT_M - z) * PX_PER_M))
            for x, z in ((x0 - margin, z1 + margin), (x1 + margin, z0 - margin))
        ]
        cv2.rectangle(out, corners[0], corners[1], color, -1)
    return out


HARD: dict[str, Callable[[], Clip]] = {
    "mirror_room": mirror_room,
    "leaves_and_returns": leaves_and_returns,
    "shop_from_behind": shop_from_behind,
    "pan_watermark": pan_watermark,
    "old_man_stick": old_man_stick,
    "child": child,
    "backing_camera": backing_camera,
    "slow_motion": slow_motion,
    "slow_motion_untold": slow_motion_untold,
    "passers_by": passers_by,
    "ceiling": ceiling,
}
