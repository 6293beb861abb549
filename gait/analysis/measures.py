"""The table of measures: all of them always, each with its interval or with the reason why there is none."""

from __future__ import annotations

import math

import pandas as pd

from gait.analysis.distances import length_measures
from gait.analysis.intervals import Estimate
from gait.analysis.motion import motion_measures
from gait.analysis.symmetry import symmetry_measures, variability_measures
from gait.analysis.timing import timing_measures
from gait.analysis.walked import Outcome, Sided, Walked, Withheld
from gait.columns import MEASURE_COLUMNS, MEASURES
from gait.skeleton import SIDES

WITHIN_ERROR = "Within its error: no difference between left and right is shown."
_COMPARISONS = (
    "step_time_asymmetry",
    "stance_asymmetry",
    "step_length_asymmetry",
    "swing_time_asymmetry",
    "arm_swing_asymmetry",
)
_LENGTHS = ("step_length", "stride_length")


def measures_table(walked: Walked) -> pd.DataFrame:
    """Return one row per measure and side, in the order of `gait.columns.MEASURES`.

    Measures of each side have the rows left, right and both; the others have both alone.
    """
    found = timing_measures(walked) | length_measures(walked) | motion_measures(walked)
    found |= symmetry_measures(walked, found) | variability_measures(walked)
    return _table(found, "m" if walked.height_m else "body heights")


def nothing_measured(reason: str, *, in_metres: bool) -> pd.DataFrame:
    """Return the same table with everything withheld, for one reason."""
    return _table(
        {
            name: {side: Withheld(reason) for side in ((*SIDES, "both") if measure.sides == "each" else ("both",))}
            for name, measure in MEASURES.items()
        },
        "m" if in_metres else "body heights",
    )


def _table(found: dict[str, Sided], length_unit: str) -> pd.DataFrame:
    rows = []
    for name, measure in MEASURES.items():
        unit = length_unit if name in _LENGTHS else measure.unit
        for side in (*SIDES, "both") if measure.sides == "each" else ("both",):
            rows.append((name, side, *_cells(found[name][side], unit, name in _COMPARISONS)))
    return pd.DataFrame(rows, columns=list(MEASURE_COLUMNS))


def _cells(outcome: Outcome, unit: str, comparison: bool) -> tuple[float, str, int, float, float, float, str, str]:
    if isinstance(outcome, Withheld) or not _finite(outcome):
        reason = outcome.reason if isinstance(outcome, Withheld) else "It could not be computed from these strides."
        return math.nan, unit, 0, math.nan, math.nan, math.nan, "withheld", reason
    reason = WITHIN_ERROR if comparison and outcome.low <= 0 <= outcome.high else outcome.note
    return outcome.value, unit, outcome.n, outcome.sd, outcome.low, outcome.high, "valid", reason


def _finite(estimate: Estimate) -> bool:
    return all(math.isfinite(x) for x in (estimate.value, estimate.low, estimate.high))
