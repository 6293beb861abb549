"""The colours of left and right: the same two in the page, its plots and the annotated video.

Since eyes differ and paper may be grey, each side also has its own marker and line. All of them have a contrast of at
least 4.5 to 1 with the grounds that letters stand on.
"""

from __future__ import annotations

from dataclasses import dataclass

MIDLINE = "#4A5560"
SIDE_MARKERS: dict[str, str] = {"left": "circle", "right": "triangle-up"}
SIDE_DASHES: dict[str, str] = {"left": "solid", "right": "dash"}


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of the sides, written ``#RRGGBB``.

    Attributes
    ----------
    left, right : str
        On light grounds and in the video.
    left_dark, right_dark : str
        The same on dark grounds.
    """

    left: str
    right: str
    left_dark: str
    right_dark: str

    def of(self, side: str) -> str:
        """Return the colour of "left", "right" or "both"."""
        return {"left": self.left, "right": self.right}.get(side, MIDLINE)

    @property
    def on_dark(self) -> dict[str, str]:
        """What takes the place of each colour on a dark ground."""
        return {self.left: self.left_dark, self.right: self.right_dark, MIDLINE: "#C3CDD6"}


PALETTES: dict[str, Palette] = {
    "blue-orange": Palette(left="#0072B2", right="#B94B00", left_dark="#5BB8EE", right_dark="#FF9E57"),
    "red-green": Palette(left="#C0202B", right="#1B7A3D", left_dark="#FF8A85", right_dark="#6BD08C"),
    "red-blue": Palette(left="#C0202B", right="#1F5FBF", left_dark="#FF8A85", right_dark="#7FB2FF"),
}
"""Left and right by the name of the setting. Blue and orange stay apart under every common colour-blindness; the others
are those of other gait reports."""
DEFAULT = PALETTES["blue-orange"]
LEFT, RIGHT = DEFAULT.left, DEFAULT.right


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour written ``#RRGGBB``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
