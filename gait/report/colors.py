"""The colours of left and right: the same two in the page, its plots and the annotated video.

Blue and vermilion of the Okabe-Ito palette stay apart under every common colour-blindness; since paper may be grey,
each side also has its own marker and line.
"""

from __future__ import annotations

LEFT = "#0072B2"
RIGHT = "#D55E00"
MIDLINE = "#4A5560"

SIDE_COLORS: dict[str, str] = {"left": LEFT, "right": RIGHT, "both": MIDLINE}
SIDE_MARKERS: dict[str, str] = {"left": "circle", "right": "triangle-up"}
SIDE_DASHES: dict[str, str] = {"left": "solid", "right": "dash"}


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour written ``#RRGGBB``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
