"""The table of measures: all of them always, each with its interval or with the reason why there is none."""

from __future__ import annotations

import math

import pandas as pd

from gait.analysis.measures.consistency import consistent
from gait.analysis.measures.flags import STRIDES_FOR_VARIABILITY
from gait.analysis.measures.intervals import Estimate, minimal_detectable_change
from gait.analysis.measures.kinematics import motion_measures
from gait.analysis.measures.spatial import length_measures
from gait.analysis.measures.symmetry import symmetry_measures, variability_measures
from gait.analysis.measures.timing import timing_measures
from gait.analysis.measures.walked import Sided, Walked, Withheld, withheld
from gait.columns import MEASURE_COLUMNS, MEASURES, VALID, WITHHELD, WITHIN_ERROR
from gait.skeleton import SIDES

NO_DIFFERENCE = "No difference between left and right beyond the error of measurement."
_COMPARISONS = (
    "step_time_asymmetry",
    "stance_asymmetry",
    "step_length_asymmetry",
    "swing_time_asymmetry",
    "arm_swing_asymmetry",
)
_VARIATION = ("phase_coordination_index", *(name for name, m in MEASURES.items() if m.group == "Variability"))


def measures_table(walked: Walked) -> pd.DataFrame:
    """Return one row per measure and side, in the order of `gait.columns.MEASURES`.

    Measures of each side have the rows left, right and both; the others have both alone.
    """
    found = consistent(timing_measures(walked)) | _lengths(walked) | motion_measures(walked)
    found |= symmetry_measures(walked, found) | variability_measures(walked)
    return _table(found)


def nothing_measured(reason: str) -> pd.DataFrame:
    """Return the same table with everything withheld, for one reason."""
    return _table({name: withheld(reason, each=measure.sides == "each") for name, measure in MEASURES.items()})


def _lengths(walked: Walked) -> dict[str, Sided]:
    """Return lengths in metres, and beside them in body heights: each measure has one unit for good."""
    metric = length_measures(walked)
    relative = metric if walked.height_m is None else length_measures(walked.without_scale())
    if walked.height_m is None:
        no_scale = metric["speed"]["both"]
        assert isinstance(no_scale, Withheld)
        metric = metric | {name: withheld(no_scale.reason) for name in ("step_length", "stride_length")}
    return metric | {f"{name}_relative": relative[name] for name in ("step_length", "stride_length")}


def _table(found: dict[str, Sided]) -> pd.DataFrame:
    rows = [
        {"measure": name, "side": side, "unit": measure.unit} | _cells(name, side, found[name])
        for name, measure in MEASURES.items()
        for side in ((*SIDES, "both") if measure.sides == "each" else ("both",))
    ]
    return pd.DataFrame(rows, columns=list(MEASURE_COLUMNS))


def _cells(name: str, side: str, sided: Sided) -> dict[str, object]:
    outcome, seen = sided[side], [s for s in SIDES if isinstance(sided.get(s), Estimate)]
    if isinstance(outcome, Withheld) or not _finite(outcome):
        reason = outcome.reason if isinstance(outcome, Withheld) else "It could not be computed from these strides."
        numbers = dict.fromkeys(("value", "sd", "ci_low", "ci_high", "mdc95"), math.nan)
        return numbers | {"n": 0, "status": WITHHELD, "reason": reason}
    status, reason = VALID, outcome.note
    if name in _COMPARISONS and outcome.low <= 0 <= outcome.high:
        status, reason = WITHIN_ERROR, NO_DIFFERENCE
    elif name in _VARIATION and outcome.n < STRIDES_FOR_VARIABILITY:
        reason = f"It rests on {outcome.n} values; about {STRIDES_FOR_VARIABILITY} are needed to be sure of it."
    elif side == "both" and len(seen) == 1:
        reason = f"Of the {seen[0]} side alone."
    return {
        "value": outcome.value, "n": outcome.n, "sd": outcome.sd, "ci_low": outcome.low, "ci_high": outcome.high,
        "mdc95": minimal_detectable_change(outcome), "status": status, "reason": reason,
    }  # fmt: skip


def _finite(estimate: Estimate) -> bool:
    return all(math.isfinite(x) for x in (estimate.value, estimate.low, estimate.high))
