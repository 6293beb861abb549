"""What the figure looks like: shapes hung on the joints of `walker.Motion`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .curves import Array
from .footfalls import SIDES
from .proportions import Proportions
from .raster import Shape
from .walker import Motion

Color = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Look:
    """Colours of skin, hair and clothes."""

    skin: Color = (0.80, 0.58, 0.46)
    hair: Color = (0.16, 0.10, 0.07)
    shirt: Color = (0.20, 0.42, 0.62)
    trousers: Color = (0.20, 0.21, 0.26)
    shoes: Color = (0.78, 0.20, 0.16)
    soles: Color = (0.93, 0.93, 0.90)
    shorts: bool = False
    long_sleeves: bool = False
    long_hair: bool = False
    girth: float = 1.0
    left_limbs: Color | None = None
    """Sleeve, trouser leg and shoe of the left side, where they differ: then every frame shows which limb is which."""

    def of(self, side: str) -> Look:
        """Return the look of the limbs of one side."""
        color = self.left_limbs
        if side == "right" or color is None:
            return self
        return replace(self, shirt=color, trousers=color, shoes=_tint(color, 0.75))


def dress(motion: Motion, frame: int, body: Proportions, look: Look) -> list[Shape]:
    """Return the shapes of the figure at one frame of its motion."""
    at = {name: path[frame] for name, path in motion.points.items()}
    axes = {name: path[frame] for name, path in motion.axes.items()}
    k = body.height_m / 1.75
    shapes = [*_trunk(at, axes, k, look), *_head(at, axes["head"], k * body.head_size, look)]
    for side in SIDES:
        limbs = look.of(side)
        shapes += [*_arm(at, axes["thorax"], side, k, limbs), *_leg(at, axes["path"], side, k, limbs)]
        shapes += _shoe(at, axes[f"{side}_foot"], axes[f"{side}_toes"], side, body, limbs)
    return shapes


def _cone(a: Array, b: Array, ra: float, rb: float, color: Color, **more: object) -> Shape:
    return Shape(start=a, end=b, r_start=ra, r_end=rb, color=color, **more)  # type: ignore[arg-type]


def _ellipsoid(center: Array, axes: Array, radii: tuple[float, float, float], color: Color, **more: object) -> Shape:
    return _cone(center, center, 1.0, 1.0, color, axes=axes, stretch=radii, **more)


def _trunk(at: dict[str, Array], axes: dict[str, Array], k: float, look: Look) -> Iterator[Shape]:
    pelvis, thorax = axes["pelvis"], axes["thorax"]
    g = k * look.girth
    hip, top = at["mid_hip"], at["mid_shoulder"]
    seat = hip + pelvis @ np.array([-0.012, 0, 0.015]) * k
    yield _ellipsoid(seat, pelvis, (0.112 * g, 0.158 * g, 0.125 * k), look.trousers, folds=0.05)
    waist, chest, yoke = (hip + (top - hip) * share for share in (0.33, 0.72, 0.93))
    wide = {"axes": thorax, "stretch": (1.0, 1.46, 1.0)}
    yield _cone(hip + (top - hip) * 0.13, waist, 0.104 * g, 0.098 * g, look.shirt, folds=0.05, **wide)
    yield _cone(waist, chest, 0.098 * g, 0.110 * g, look.shirt, folds=0.03, **wide)
    yield _cone(chest, yoke, 0.110 * g, 0.082 * g, look.shirt, **wide)
    for side in SIDES:
        shoulder = at[f"{side}_shoulder"]
        collar = top + (shoulder - top) * 0.25 + thorax @ np.array([-0.006, 0, 0.022]) * k
        end = shoulder + thorax @ np.array([0, 0, -0.012]) * k
        yield _cone(collar, end, 0.064 * k, 0.058 * k, look.shirt)
        yield _cone(chest + (shoulder - top) * 0.50, end, 0.070 * g, 0.054 * k, look.shirt)
    yield _cone(top + thorax @ np.array([0, 0, 0.030]) * k, at["neck"], 0.064 * k, 0.058 * k, _tint(look.shirt, 0.8))
    yield _cone(
        at["neck"], at["head"] + axes["head"] @ np.array([-0.012, 0, -0.03]) * k, 0.054 * k, 0.052 * k, look.skin
    )


def _head(at: dict[str, Array], head: Array, k: float, look: Look) -> Iterator[Shape]:
    def spot(forward: float, left: float, up: float) -> Array:
        out: Array = at["head"] + head @ np.array([forward, left, up]) * k
        return out

    dark, lips = (0.10, 0.07, 0.06), (0.62, 0.30, 0.28)
    yield _ellipsoid(spot(0, 0, 0.01), head, (0.096 * k, 0.076 * k, 0.112 * k), look.skin)
    yield _ellipsoid(spot(0.030, 0, -0.055), head, (0.058 * k, 0.052 * k, 0.058 * k), look.skin)
    yield _ellipsoid(spot(-0.020, 0, 0.030), head, (0.094 * k, 0.084 * k, 0.104 * k), look.hair, gloss=0.12)
    yield _ellipsoid(spot(0.020, 0, 0.078), head, (0.076 * k, 0.068 * k, 0.050 * k), look.hair, gloss=0.12)
    if look.long_hair:
        yield _cone(spot(-0.055, 0, 0.0), spot(-0.075, 0, -0.13), 0.068 * k, 0.040 * k, look.hair, gloss=0.12)
    yield _cone(spot(0.092, 0, 0.015), spot(0.108, 0, -0.018), 0.009 * k, 0.014 * k, _tint(look.skin, 0.97))
    yield _cone(spot(0.082, -0.020, -0.058), spot(0.082, 0.020, -0.058), 0.0075 * k, 0.0075 * k, lips)
    for sign, side in ((1, "left"), (-1, "right")):
        yield _ellipsoid(at[f"{side}_ear"], head, (0.026 * k, 0.012 * k, 0.034 * k), _tint(look.skin, 0.88))
        eye = spot(0.079, sign * 0.032, 0.012)
        yield _ellipsoid(eye, head, (0.012 * k, 0.017 * k, 0.009 * k), (0.95, 0.95, 0.93))
        yield _ellipsoid(spot(0.086, sign * 0.032, 0.012), head, (0.008 * k, 0.008 * k, 0.008 * k), dark)
        yield _cone(
            spot(0.088, sign * 0.016, 0.035),
            spot(0.076, sign * 0.048, 0.036),
            0.006 * k,
            0.005 * k,
            _tint(look.hair, 0.9),
        )


def _arm(at: dict[str, Array], thorax: Array, side: str, k: float, look: Look) -> Iterator[Shape]:
    shoulder, elbow, wrist = (at[f"{side}_shoulder"], at[f"{side}_elbow"], at[f"{side}_wrist"])
    knuckles, tips, thumb = (at[f"{side}_knuckles"], at[f"{side}_fingertips"], at[f"{side}_thumb"])
    shoulder = shoulder + thorax @ np.array([0, 0, -0.015]) * k
    lower = look.shirt if look.long_sleeves else look.skin
    sleeve = shoulder + (elbow - shoulder) * (1.0 if look.long_sleeves else 0.62)
    yield _cone(shoulder, sleeve, 0.057 * k, 0.050 * k, look.shirt, folds=0.06)
    yield _cone(shoulder, elbow, 0.046 * k, 0.037 * k, lower)
    yield _cone(elbow, elbow + (wrist - elbow) * 0.3, 0.037 * k, 0.039 * k, lower)
    yield _cone(elbow + (wrist - elbow) * 0.3, wrist, 0.039 * k, 0.026 * k, lower)
    palm = _frame_along(knuckles - wrist, thorax[:, 0])
    yield _cone(wrist, knuckles, 0.026 * k, 0.030 * k, look.skin, axes=palm, stretch=(1.15, 0.72, 1.0))
    yield _cone(knuckles, tips, 0.027 * k, 0.015 * k, look.skin, axes=palm, stretch=(1.15, 0.62, 1.0))
    yield _cone(wrist + (knuckles - wrist) * 0.25, thumb, 0.016 * k, 0.011 * k, look.skin)


def _leg(at: dict[str, Array], path: Array, side: str, k: float, look: Look) -> Iterator[Shape]:
    hip, knee, ankle = at[f"{side}_hip"], at[f"{side}_knee"], at[f"{side}_ankle"]
    g = k * look.girth
    back = -path[:, 0]
    cloth = look.trousers
    calf = knee + (ankle - knee) * 0.28 + back * 0.018 * k
    if not look.shorts:
        yield _cone(hip + back * 0.01 * k, knee, 0.090 * g, 0.062 * k, cloth, folds=0.05)
        yield _cone(knee, ankle + (knee - ankle) * 0.10, 0.061 * k, 0.052 * k, cloth, folds=0.07)
        yield _cone(calf, knee + (ankle - knee) * 0.75, 0.060 * k, 0.050 * k, cloth, folds=0.05)
        yield _cone(ankle + (knee - ankle) * 0.15, ankle, 0.040 * k, 0.036 * k, look.soles)
        return
    yield _cone(hip + back * 0.01 * k, hip + (knee - hip) * 0.72, 0.094 * g, 0.082 * g, cloth, folds=0.06)
    yield _cone(hip, knee, 0.074 * g, 0.050 * k, look.skin)
    yield _cone(knee, ankle, 0.048 * k, 0.036 * k, look.skin)
    yield _cone(knee + back * 0.006 * k, calf, 0.046 * k, 0.048 * k, look.skin)
    yield _cone(calf, ankle, 0.048 * k, 0.034 * k, look.skin)
    yield _cone(ankle + (knee - ankle) * 0.20, ankle, 0.043 * k, 0.040 * k, look.soles)


def _shoe(at: dict[str, Array], foot: Array, toes: Array, side: str, body: Proportions, look: Look) -> Iterator[Shape]:
    ball, k = at[f"{side}_ball"], body.height_m / 1.75
    back, tip = -body.heel_to_ball_m, body.foot_m - body.heel_to_ball_m

    def hind(forward: float, up: float) -> Array:
        out: Array = ball + foot @ np.array([forward, 0, up])
        return out

    def fore(forward: float, up: float) -> Array:
        out: Array = ball + toes @ np.array([forward, 0, up])
        return out

    ankle = at[f"{side}_ankle"]
    yield _cone(
        hind(back + 0.040, 0.046), hind(-0.02, 0.044), 0.040 * k, 0.036 * k, look.shoes, axes=foot, stretch=(1, 0.92, 1)
    )
    yield _cone(ankle, hind(-0.06, 0.060), 0.044 * k, 0.036 * k, look.shoes, axes=foot, stretch=(1, 0.95, 1))
    yield _cone(hind(-0.02, 0.044), hind(0.0, 0.040), 0.038 * k, 0.036 * k, look.shoes, axes=foot, stretch=(1, 1.15, 1))
    yield _cone(
        fore(0.0, 0.038), fore(tip - 0.036, 0.032), 0.034 * k, 0.028 * k, look.shoes, axes=toes, stretch=(1, 1.30, 1)
    )
    sole = {"axes": foot, "stretch": (1.0, 2.5, 1.0)}
    yield _cone(hind(back + 0.014, 0.014), hind(0.0, 0.014), 0.014, 0.014, look.soles, **sole)
    yield _cone(
        fore(0.0, 0.014), fore(tip - 0.014, 0.014), 0.014, 0.014, look.soles, axes=toes, stretch=(1.0, 2.6, 1.0)
    )


def _frame_along(along: Array, near_forward: Array) -> Array:
    """Return axes as columns: forward, left, up, with up along a segment."""
    up = along / np.linalg.norm(along)
    left = np.cross(up, near_forward)
    left /= np.linalg.norm(left)
    return np.stack([np.cross(left, up), left, up], axis=-1)


def _tint(color: Color, factor: float) -> Color:
    return (color[0] * factor, color[1] * factor, color[2] * factor)
