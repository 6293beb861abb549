"""One look at a picture: where a person is, and where the joints are."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from gait.litert import Network, anchors
from gait.pose.blazepose.joints import Joints, agreed, decode, legs_unsure
from gait.pose.blazepose.region import Fit, Region
from gait.types import FloatArray, ImageArray

MIN_PRESENCE = 0.5
MIN_DETECTED = 0.5
_DETECTED_IN = 1.5
"""Side of the square in which a person is looked for, in lengths of the box."""

_WIDE = 1.2
"""Width over height of a box in which a person is also looked for in smaller squares."""
_MOST_SQUARES = 15
"""No box of a person is so wide that there would be more: it is the whole of a very wide picture."""

_MOST_LOOKS = 3
_EDGE_PX = 2.0
_OUTSIDE, _SMALLEST, _LARGEST = 0.1, 0.5, 2.0
"""How a body may lie in its box: hips so far outside, region so small and so large, in lengths of the box."""

_LARGEST_CUT = 4.0
"""As large where the edge of the picture cuts the box."""

_JUMP, _GROWTH = 0.12, 1.3
"""How far the fit may change from what was learnt; a body farther off is somebody else's, or a blunder."""


class Eye:
    """BlazePose's networks, for one thread.

    Parameters
    ----------
    network : str
        Of the joints: "full" or "heavy".
    """

    def __init__(self, network: str) -> None:
        self._joints = Network(network)

    @cached_property
    def _detector(self) -> Network:
        return Network("detector")

    def joints(self, rgb: ImageArray, region: Region, *, mirrored: bool = False) -> Joints | None:
        """Return the joints of the person in a region of a picture, or its mirror image; None if there is nobody."""
        side = self._joints.side_px
        picture = region.cut(rgb, side)[:, :: -1 if mirrored else 1].astype(np.float32) / 255.0
        found = decode(self._joints.run(picture), region, side, is_mirrored=mirrored)
        return found if found.presence >= MIN_PRESENCE and np.isfinite(found.region.side_px) else None

    def settled(self, rgb: ImageArray, region: Region) -> Joints | None:
        """Return the joints of the person in a region, having looked again where the body lies otherwise in it."""
        found = self.joints(rgb, region)
        for _ in range(_MOST_LOOKS - 1):
            if found is None or found.region.is_like(region):
                break
            region = found.region
            found = self.joints(rgb, region) or found
        return found

    def sure(self, rgb: ImageArray, region: Region) -> Joints | None:
        """Return the same, and look into the mirror too where the legs may be mistaken for each other."""
        found = self.settled(rgb, region)
        if found is None or not legs_unsure(found):
            return found
        again = self.joints(rgb, found.region, mirrored=True)
        return found if again is None else agreed(found, again)

    def person(self, rgb: ImageArray, square: Region) -> Region | None:
        """Return the region of the surest person in a square of a picture; None if there is nobody."""
        side = self._detector.side_px
        raw, logit = self._detector.run(square.cut(rgb, side).astype(np.float32) / 127.5 - 1.0)
        best = int(np.argmax(logit[:, 0]))
        if logit[best, 0] < np.log(MIN_DETECTED / (1.0 - MIN_DETECTED)):
            return None
        points = raw[best, 4:8].reshape(2, 2).astype(np.float64) / side + anchors(side)[best]
        return Region.around_body(*square.to_picture(points))

    def find(self, rgb: ImageArray, box: FloatArray, fit: Fit | None) -> Joints | None:
        """Return the joints of the person in a box; None if this person cannot be made out.

        Parameters
        ----------
        rgb : uint8 (H, W, 3)
        box : (4,)
        fit : Fit or None
            What was learnt before; None at the beginning.
        """
        size = (rgb.shape[1], rgb.shape[0])
        if fit is not None:
            found = self.sure(rgb, fit.around(box))
            return found if found is not None and belongs(found, box, size, fit) else None
        for guess in (*(self.person(rgb, square) for square in squares(box)), Fit().around(box)):
            found = self.sure(rgb, guess) if guess is not None else None
            if found is not None and belongs(found, box, size, None):
                return found
        return None


def squares(box: FloatArray) -> list[Region]:
    """Return where a person is looked for: the square around a box, and smaller ones in a wide box."""
    low, high = box[:2], box[2:]
    width, height = high - low
    x, y = (low + high) / 2
    looked = [Region(x_px=x, y_px=y, side_px=_DETECTED_IN * max(width, height))]
    if width > _WIDE * height:
        n = min(math.ceil(2 * (width / height - 1)) + 1, _MOST_SQUARES)
        steps = np.linspace(low[0] + height / 2, high[0] - height / 2, n)
        looked += [Region(x_px=float(at), y_px=y, side_px=height) for at in steps]
    return looked


def belongs(found: Joints, box: FloatArray, size: tuple[int, int], fit: Fit | None) -> bool:
    """Whether a body is that of the person in a box: about where it is, at about its size, and where it was before.

    Parameters
    ----------
    found : Joints
    box : (4,)
    size : (int, int)
        Width and height of the picture.
    fit : Fit or None
        What was learnt before.
    """
    own = Fit.between(found.region, box)
    if fit is not None:
        near = abs(own.x - fit.x) < _JUMP and abs(own.y - fit.y) < _JUMP
        return near and 1 / _GROWTH < own.side / fit.side < _GROWTH
    # Beyond the edge of the picture the body may go on.
    is_open = np.array([*(box[:2] < _EDGE_PX), *(box[2:] > np.array(size) - _EDGE_PX)])
    reach = np.where(is_open, np.inf, _OUTSIDE * max(box[2] - box[0], box[3] - box[1]))
    hips = np.array([found.region.x_px, found.region.y_px])
    inside = bool((hips > box[:2] - reach[:2]).all() and (hips < box[2:] + reach[2:]).all())
    smallest = 0.0 if is_open.all() else _SMALLEST
    return inside and smallest < own.side < (_LARGEST_CUT if is_open.any() else _LARGEST)
