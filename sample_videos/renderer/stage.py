"""The empty picture of a room, and people in it: before, behind and between its furniture, and in its mirror."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .camera import Camera
from .curves import Array
from .panels import mirrored, paint
from .raster import Image, Shape, depth_of, draw, trace
from .scene import FLOOR_Y, PX_PER_M, Room, backdrop, shadow

TINT_OF_MIRROR = np.array([0.86, 0.89, 0.88], dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A room without people as one camera sees it.

    Attributes
    ----------
    room : Room
    camera : Camera
    picture : (H, W, 3)
    depth : (H, W) or None
        Of what can hide people, infinite where nothing can; None where nothing can anywhere.
    mirror : (H, W, 1) or None
        How much of each pixel shows the reflection.
    reflection : Stage or None
        What is behind the mirror.
    """

    room: Room
    camera: Camera
    picture: Image
    depth: Image | None = None
    mirror: Image | None = None
    reflection: Stage | None = None

    def with_people(self, shapes: list[Shape]) -> Image:
        """Return the picture with shapes in it."""
        picture, wall_y = self.picture, self.room.wall_y
        if self.mirror is not None and self.reflection is not None:
            seen = self.reflection.with_people(mirrored(shapes, wall_y)) * TINT_OF_MIRROR
            picture = picture * (1 - self.mirror) + seen * self.mirror
        shaded = shadow(shapes, self.camera, picture, wall_y)
        if self.depth is not None:
            # The shadow is that on the floor: what stands on it stays as it is.
            shaded = np.where(np.isinf(self.depth)[..., None], shaded, picture)
        return draw(shapes, self.camera, shaded, limit=self.depth)


def set_stage(room: Room, camera: Camera, samples: int = 2) -> Stage:
    """Draw a room without people."""
    picture = backdrop(room, camera, samples)
    if not (room.panels or room.furniture or room.mirror):
        picture = draw(room.things, camera, shadow(room.things, camera, picture, room.wall_y))
        return Stage(room=room, camera=camera, picture=picture)
    picture, depth = paint(room.panels, camera, picture, samples)
    things = [*room.things, *room.furniture]
    picture = Stage(room=room, camera=camera, picture=picture, depth=depth).with_people(things)
    depth = np.minimum(depth, depth_of(things, camera))
    if room.mirror is None:
        return Stage(room=room, camera=camera, picture=picture, depth=depth)
    mask = room.mirror.mask(camera, room.wall_y) * np.isinf(depth)[..., None]
    return Stage(
        room=room, camera=camera, picture=picture, depth=depth, mirror=mask,
        reflection=set_stage(behind_mirror(room), camera, samples),
    )  # fmt: skip


def behind_mirror(room: Room) -> Room:
    """Return the room that is seen in the mirror of a room, on the far side of its wall."""
    assert room.mirror is not None
    # Row by row, the floor beyond the wall is the one before it.
    y = FLOOR_Y[0] + (np.arange(room.floor.shape[0] + int(9 * PX_PER_M)) + 0.5) / PX_PER_M
    rows = np.clip(((2 * room.wall_y - y - FLOOR_Y[0]) * PX_PER_M).astype(int), 0, room.floor.shape[0] - 1)
    return replace(
        room,
        wall_y=2 * room.wall_y - room.mirror.opposite_y,
        floor=np.where((y > room.wall_y)[:, None, None], room.floor[rows], 0),
        wall=room.mirror.opposite,
        things=mirrored(room.things, room.wall_y),
        furniture=mirrored(room.furniture, room.wall_y),
        panels=(),
        mirror=None,
    )


def hidden(room: Room, shapes: list[Shape], camera: Camera, points: Array) -> Array:
    """Return which of the points (N, 3) the furniture of a room, or shapes of other people, keep from the camera."""
    origin = np.array(camera.position)
    rays = (points - origin).astype(np.float32)
    out = np.zeros(len(points), dtype=bool)
    for panel in room.panels:
        out |= panel.meet(origin, rays)[0] < 1
    for shape in [*room.furniture, *shapes]:
        out |= trace(shape, origin, rays)[0] < 1
    return out
