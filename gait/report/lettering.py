"""Smooth letters from OpenCV's stroke font, as masks to be laid onto a picture."""

from __future__ import annotations

import itertools
import math
import unicodedata
from functools import lru_cache

import numpy as np

from gait.types import Float32Array, ImageArray

_CAP_UNITS = 21
"""Height of a capital of the stroke font at scale 1."""
_FINER = 4
"""Letters are drawn this many times larger and then reduced."""
_WHITE = 235
"""White in limited range."""
_ACCENTS = {
    "\N{COMBINING DIAERESIS}": (((-0.17, 0.06), (-0.17, 0.06)), ((0.17, 0.06), (0.17, 0.06))),
    "\N{COMBINING ACUTE ACCENT}": (((-0.04, 0.0), (0.1, 0.16)),),
    "\N{COMBINING GRAVE ACCENT}": (((0.04, 0.0), (-0.1, 0.16)),),
    "\N{COMBINING CIRCUMFLEX ACCENT}": (((-0.14, 0.0), (0.0, 0.14), (0.14, 0.0)),),
    "\N{COMBINING TILDE}": (((-0.2, 0.02), (-0.08, 0.12), (0.08, 0.02), (0.2, 0.12)),),
}
"""The lines of each accent: the stroke font has none."""


@lru_cache(maxsize=2048)
def text_mask(text: str, cap_px: float, weight: float = 0.14) -> ImageArray:
    """Return the brightness of a line of white text on black, 0 to 235.

    Parameters
    ----------
    text : str
        ASCII, letters with an accent, the degree sign, dash and minus sign.
    cap_px : float
        Height of a capital; the mask is 1.6 times as high, the base line at 1.3 times. With a letter that reaches lower
        (g, p, y) it is 1.8 times as high.
    weight : float
        Thickness of the strokes, of the height of a capital.

    Returns
    -------
    uint8 (h, w)
    """
    mask = np.concatenate([_glyph(letter, cap_px, weight) for letter in text], axis=1)
    usual = math.ceil(1.6 * cap_px)
    return mask if mask[usual:].any() else mask[:usual]


def half_cover(mask: ImageArray) -> Float32Array:
    """Return how much of each pixel of the colour planes, half as large, a line of text covers: 0 to 1."""
    import cv2

    half: Float32Array = cv2.resize(
        mask.astype(np.float32) / _WHITE, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    )
    return half


@lru_cache(maxsize=512)
def _glyph(letter: str, cap_px: float, weight: float) -> ImageArray:
    """Return one letter with its share of the space to the next."""
    import cv2

    cap = cap_px * _FINER
    stroke = max(1, round(weight * cap))
    base = round(1.3 * cap)
    if letter in "–\N{MINUS SIGN}":
        width, half = round(0.75 * cap), 0.3 * cap
        image = _blank(width, cap_px)
        middle = (width // 2, base - round(0.45 * cap))
        cv2.line(
            image,
            (round(middle[0] - half), middle[1]),
            (round(middle[0] + half), middle[1]),
            _WHITE,
            stroke,
            cv2.LINE_AA,
        )
    elif letter == "°":
        width = round(0.55 * cap)
        image = _blank(width, cap_px)
        cv2.circle(image, (width // 2, base - round(0.82 * cap)), round(0.16 * cap), _WHITE, stroke, cv2.LINE_AA)
    else:
        letter, *accents = list(unicodedata.normalize("NFKD", letter))
        scale = cap / _CAP_UNITS
        (width, _), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
        width = round(width * (0.6 if letter == " " else 0.95))
        image = _blank(width, cap_px)
        cv2.putText(image, letter, (0, base), cv2.FONT_HERSHEY_SIMPLEX, scale, _WHITE, stroke, cv2.LINE_AA)
        top = base - round((1.08 if letter.isupper() else 0.85) * cap)
        for accent in accents:
            # In units of the cap height, x to the right of the middle of the letter, y up from its top.
            for line in _ACCENTS.get(accent, ()):
                points = [(round(width / 2 + x * cap), round(top - y * cap)) for x, y in line]
                for a, b in itertools.pairwise(points):
                    cv2.line(image, a, b, _WHITE, stroke, cv2.LINE_AA)
    small = (max(1, round(width / _FINER)), _rows(cap_px))
    reduced: ImageArray = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return reduced


def _rows(cap_px: float) -> int:
    return math.ceil(1.8 * cap_px)


def _blank(width: int, cap_px: float) -> ImageArray:
    return np.zeros((_rows(cap_px) * _FINER, width), dtype=np.uint8)
