"""Numbers of one recording that must agree; where they do not, an interval is wrong, and none of them is given."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gait.analysis.measures.intervals import Estimate
from gait.analysis.measures.walked import Answer, Sided, Withheld, withheld


def consistent(found: dict[str, Sided]) -> dict[str, Sided]:
    """Return the measures of timing without those that contradict each other beyond their intervals.

    A left and a right step make a stride, and what left and right stance have over 100 % is double support.
    """
    return found | _steps_and_stride(found) | _stance_and_double_support(found)


def _steps_and_stride(found: dict[str, Sided]) -> dict[str, Sided]:
    steps, stride = [found["step_time"][side] for side in ("left", "right")], found["stride_time"]["both"]
    apart = _disagree(steps, stride, 0.0)
    if apart is None:
        return {}
    reason = f"A left and a right step take {apart[0]:.2f} s, a stride {apart[1]:.2f} s: they contradict each other."
    return {name: withheld(reason) for name in ("step_time", "stride_time")} | {"cadence": withheld(reason, each=False)}


def _stance_and_double_support(found: dict[str, Sided]) -> dict[str, Sided]:
    stances, double = [found["stance"][side] for side in ("left", "right")], found["double_support"]["both"]
    apart = _disagree(stances, double, 100.0)
    if apart is None:
        return {}
    reason = (
        f"Left and right stance leave {apart[0]:.1f} % for double support, {apart[1]:.1f} % was measured: they "
        "contradict each other."
    )
    return {name: withheld(reason) for name in ("stance", "swing", "double_support", "single_support")}


def _disagree(parts: Sequence[Answer], whole: Answer, less: float) -> tuple[float, float] | None:
    """Return the sum of the parts less a constant, and the whole, where they differ by more than their intervals."""
    if isinstance(whole, Withheld):
        return None
    known = [part for part in parts if isinstance(part, Estimate)]
    if len(known) < len(parts):
        return None
    summed = sum(part.value for part in known) - less
    width = math.hypot(*((e.high - e.low) / 2 for e in (*known, whole)))
    return (summed, whole.value) if abs(summed - whole.value) > width else None
