"""The picture of everyone seen, numbered, with the chosen one marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.types import FloatArray, ImageArray

CHOSEN = (255, 140, 0)
OTHER = (235, 235, 235)
DARK = (20, 20, 20)
LABEL_PX = 84
"""Width of the longest label, a time."""
INSET_SHARE = 0.26
"""Height of the insets, as a share of the height of the picture."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One person to draw: `box` in pixels of the picture, or None where an inset shows the person instead."""

    label: str
    chosen: bool
    box: FloatArray | None
    inset: ImageArray | None = None


def draw(picture: ImageArray, people: list[Drawn], moments: list[Drawn]) -> ImageArray:
    """Draw boxes and labels on a copy of a picture.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
    people : list of Drawn
        Who is not in the picture appears in a strip below it.
    moments : list of Drawn
        The followed person at other times, for a second strip.

    Returns
    -------
    uint8 (H', W, 3)
    """
    import cv2

    out = picture.copy()
    for person in sorted(people, key=lambda p: p.chosen):
        if person.box is None:
            continue
        colour, thick = (CHOSEN, 3) if person.chosen else (OTHER, 2)
        height, width = out.shape[:2]
        x1, y1, x2, y2 = (int(v) for v in np.clip(person.box, 1, np.array([width, height, width, height]) - 2))
        cv2.rectangle(out, (x1, y1), (x2, y2), DARK, thick + 2)
        cv2.rectangle(out, (x1, y1), (x2, y2), colour, thick)
        _label(out, person.label, x1, y1, colour)
    # As many moments as fit, spread over all of them.
    tall = max(round(picture.shape[0] * INSET_SHARE), 60)
    widest = max((p.inset.shape[1] * tall / p.inset.shape[0] for p in moments if p.inset is not None), default=1.0)
    fit = max(int(picture.shape[1] / (max(widest, LABEL_PX) + 8)), 1)
    shown = [
        moments[i] for i in np.unique(np.linspace(0, len(moments) - 1, min(fit, len(moments))).round().astype(int))
    ]
    strips = [[p for p in people if p.inset is not None], shown]
    return np.concatenate([out, *(_strip(strip, out.shape) for strip in strips if strip)])


def _label(image: ImageArray, text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    import cv2

    size = 0.8
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 2)
    bottom = max(y, height + 10)
    left = min(max(x, 0), image.shape[1] - width - 12)
    cv2.rectangle(image, (left, bottom - height - 10), (left + width + 12, bottom), colour, -1)
    cv2.putText(image, text, (left + 6, bottom - 5), cv2.FONT_HERSHEY_SIMPLEX, size, DARK, 2, cv2.LINE_AA)


def _strip(people: list[Drawn], shape: tuple[int, ...]) -> ImageArray:
    import cv2

    height, width = max(round(shape[0] * INSET_SHARE), 60), shape[1]
    strip = np.full((height, width, 3), 40, np.uint8)
    x = 6
    for person in people:
        assert person.inset is not None
        tall = height - 12
        wide = max(round(person.inset.shape[1] * tall / person.inset.shape[0]), 24)
        if x + wide + 6 > width:
            break
        strip[6 : 6 + tall, x : x + wide] = cv2.resize(person.inset, (wide, tall), interpolation=cv2.INTER_AREA)
        colour = CHOSEN if person.chosen else OTHER
        cv2.rectangle(strip, (x, 6), (x + wide - 1, 5 + tall), colour, 2)
        _label(strip, person.label, x, 6, colour)
        x += (max(wide, LABEL_PX) if len(person.label) > 2 else wide) + 8
    return strip
