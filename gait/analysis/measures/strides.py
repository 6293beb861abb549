"""From foot strikes and offs to steps and strides, each with a reason where it does not count."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from gait.analysis.lengths.floor import Floor
from gait.analysis.view.rhythm import STRIDE_HZ
from gait.arrays import nanmedian
from gait.columns import STRIDE_COLUMNS
from gait.signals.clean import CleanPoses
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass, Scene

STEP_COLUMNS = (
    "side", "pass_number", "start_s", "time_s", "step_time_s", "step_length_bh", "by_ground_bh", "by_feet_bh",
    "length_sd", "valid", "reason",
)  # fmt: skip
LONGEST_STRIDE_S = 1.1 / STRIDE_HZ[0]
"""A tenth longer than the slowest stride of a walk: what lasts longer holds a stop."""
UNLIKE_SHARE, UNLIKE_LENGTH_SHARE = 0.35, 0.5
"""Steps whose duration, or length, is further from the median of their side than this share of the usual step of both
feet are left out; strides likewise. Of both: a foot that is only brought up to the other one makes steps of no length.
"""
LEAST_UNLIKE_BH = 0.08
"""A length must be this far off at least: five times the SD of the steps of uneven walkers (0.015 body heights)."""
UNDER_WAY = 2 / 3
"""Share of the usual speed below which a walk is not yet, or no longer, under way: it turns, starts or stops.

Steps of a frail walker vary in speed by a tenth (SD), and this is three times that; a walk that bends by half a right
angle goes at 0.7 of its speed in the old direction. In rendered clips, seen by BlazePose, it was 0.72 at least in 680
full steps, and 0.5 to 0.6 in most of the steps of half the length with which people come out of a turn.
"""
TURNING = "The walk starts, stops or turns here: the body moves on at less than two thirds of its usual speed."
_BEYOND = (1 / 2, 1 / 3)
"""How long after a step the body is watched, in step times: until it is over the foot that has landed, which tells how
far ahead that was; a little less where the recording ends. A judgement."""
_UNCERTAIN_S = 0.08
"""For so long left and right may be unclear within a stride: two frames at 25 a second. A judgement."""
_UNSEEN_S = 0.25
"""For so long the ankle may be hidden within a stride. A judgement."""


def find_steps(events: pd.DataFrame, scene: Scene, floor: Floor, clean: CleanPoses) -> pd.DataFrame:
    """Return one row per step: from the strike of one foot to the next strike, of the other foot, in the same pass.

    Parameters
    ----------
    events : DataFrame
        With the columns of `gait.columns.EVENT_COLUMNS`.
    scene, floor, clean
        How the walk was seen.

    Returns
    -------
    DataFrame
        The columns of `STEP_COLUMNS`; `side` is the landing foot, `time_s` its strike. The length is found in two ways,
        of which `Floor.settle` chooses one; `length_sd` is the error of that, as a share.
    """
    rows: list[dict[str, Any]] = []
    for walk in scene.passes:
        strikes = _strikes(events, walk)
        for (start, before), (end, side) in itertools.pairwise(strikes):
            if before == side:
                continue
            reason = _unclear(clean, start, end) or _too_long(start, end)
            rows.append(
                {
                    "side": side,
                    "pass_number": walk.number,
                    "start_s": start,
                    "time_s": end,
                    "step_time_s": end - start,
                    "by_ground_bh": floor.by_ground_bh(walk, side, start, end),
                    "by_feet_bh": floor.by_feet_bh(walk, side, start, end),
                    "valid": not reason,
                    "reason": reason,
                }
            )
    table = _without_rims(pd.DataFrame(rows, columns=list(STEP_COLUMNS)), scene, floor)
    ways = (table[name].to_numpy(dtype=np.float64) for name in ("by_ground_bh", "by_feet_bh"))
    table["step_length_bh"], table["length_sd"] = floor.settle(*ways)
    table = _without_outliers(table, "step_time_s", UNLIKE_SHARE)
    return _without_outliers(table, "step_length_bh", UNLIKE_LENGTH_SHARE, LEAST_UNLIKE_BH)


def find_strides(
    events: pd.DataFrame, steps: pd.DataFrame, signals: pd.DataFrame, scene: Scene, clean: CleanPoses
) -> pd.DataFrame:
    """Return one row per stride, from strike to strike of one foot in one pass.

    Lengths are in body heights here, metres come later. Phases need the foot offs between; what is not known is NaN. A
    stride that counts while the step with which it ends does not has a reason too: the step's.

    Returns
    -------
    DataFrame
        The columns of `gait.columns.STRIDE_COLUMNS`.
    """
    times = _times(events)
    rows: list[dict[str, Any]] = []
    for walk in scene.passes:
        strikes = _strikes(events, walk)
        for side in SIDES:
            mine = [time for time, s in strikes if s == side]
            for start, end in itertools.pairwise(mine):
                if end - start > LONGEST_STRIDE_S:
                    continue
                row = _stride(times, walk, side, start, end)
                inside = steps[(steps["time_s"] > start) & (steps["time_s"] <= end + 1e-9)]
                row |= _lengths(inside, side)
                row |= _ranges(signals, side, start, end) if walk.direction in ("right", "left") else {}
                rim = TURNING if (inside["reason"] == TURNING).any() else ""
                reason = row["reason"] or rim or _unclear(clean, start, end) or _unseen(clean, side, start, end)
                rows.append(row | {"reason": reason, "valid": not reason})
    table = pd.DataFrame(rows, columns=list(STRIDE_COLUMNS)).sort_values("start_s", ignore_index=True)
    table = _without_outliers(table, "stride_time_s", UNLIKE_SHARE)
    table = _without_outliers(table, "stride_length_bh", UNLIKE_LENGTH_SHARE, LEAST_UNLIKE_BH)
    table = _with_steps_left_out(table, steps)
    table["number"] = table.groupby("side").cumcount() + 1
    return table


def _strikes(events: pd.DataFrame, walk: Pass) -> list[tuple[float, str]]:
    mine = events[(events["kind"] == "strike") & (events["pass_number"] == walk.number)].sort_values("time_s")
    return [(float(t), s) for t, s in zip(mine["time_s"], mine["side"], strict=True)]


Times = dict[tuple[str, str], FloatArray]
"""Of the events, in order, by side and kind."""


def _times(events: pd.DataFrame) -> Times:
    return {
        (side, kind): np.sort(
            events.loc[(events["side"] == side) & (events["kind"] == kind), "time_s"].to_numpy(dtype=np.float64)
        )
        for side in SIDES
        for kind in ("strike", "off")
    }


def _between(times: FloatArray, start: float, end: float) -> list[float]:
    return [float(t) for t in times[(times > start) & (times < end)]]


def _stride(times: Times, walk: Pass, side: str, start: float, end: float) -> dict[str, Any]:
    """Return times and phases; a stride without exactly one strike of the other foot has a reason not to count."""
    other = "right" if side == "left" else "left"
    duration = end - start
    row: dict[str, Any] = dict.fromkeys(STRIDE_COLUMNS, np.nan) | {
        "side": side, "number": 0, "pass_number": walk.number, "start_s": start, "end_s": end,
        "stride_time_s": duration, "valid": True, "reason": "",
    }  # fmt: skip
    landings = _between(times[other, "strike"], start, end)
    if len(landings) != 1:
        row["reason"] = f"The strike of the {other} foot was not found."
        return row
    landing = landings[0]
    row["step_time_s"] = end - landing
    offs, other_offs = _between(times[side, "off"], landing, end), _between(times[other, "off"], start, landing)
    if len(offs) == 1:
        row["stance_pct"] = 100 * (offs[0] - start) / duration
        row["swing_pct"] = 100 - row["stance_pct"]
        row["terminal_double_support_pct"] = 100 * (offs[0] - landing) / duration
    if len(other_offs) == 1:
        row["initial_double_support_pct"] = 100 * (other_offs[0] - start) / duration
        row["single_support_pct"] = 100 * (landing - other_offs[0]) / duration
    row["double_support_pct"] = row["initial_double_support_pct"] + row["terminal_double_support_pct"]
    return row


def _lengths(inside: pd.DataFrame, side: str) -> dict[str, Any]:
    """Return the step that ends the stride, and both of its steps together; NaN where one of them is not known."""
    own = inside.loc[inside["side"] == side, "step_length_bh"]
    both = float(inside["step_length_bh"].sum(skipna=False)) if len(inside) == 2 else np.nan
    return {"step_length_bh": float(own.iloc[0]) if len(own) == 1 else np.nan, "stride_length_bh": both}


def _ranges(signals: pd.DataFrame, side: str, start: float, end: float) -> dict[str, float]:
    first, last = np.searchsorted(signals["time_s"].to_numpy(), [start, end])
    ranges = {}
    for joint in ("hip", "knee", "ankle"):
        angle = signals[f"{side}_{joint}_deg"].to_numpy()[first:last]
        whole = len(angle) > 5 and np.isfinite(angle).all()
        ranges[f"{joint}_rom_deg"] = float(np.ptp(angle)) if whole else np.nan
    return ranges


def _too_long(start: float, end: float) -> str:
    longer = end - start > LONGEST_STRIDE_S / 2
    return f"It lasts {end - start:.2f} s, longer than a step of somebody who walks." if longer else ""


def _unclear(clean: CleanPoses, start: float, end: float) -> str:
    for a, b in clean.uncertain_sides:
        if min(b, end) - max(a, start) > _UNCERTAIN_S:
            return f"Left and right leg cannot be told apart for sure from {a:.2f} to {b:.2f} s."
    return ""


def _unseen(clean: CleanPoses, side: str, start: float, end: float) -> str:
    for gap in clean.gaps:
        lasts = min(gap.end_s, end) - max(gap.start_s, start)
        if gap.keypoint == f"{side}_ankle" and lasts > _UNSEEN_S:
            return f"The {side} ankle could not be seen for {lasts:.2f} s."
    return ""


def _without_rims(table: pd.DataFrame, scene: Scene, floor: Floor) -> pd.DataFrame:
    """Mark the steps at both ends of a pass in which the walk is not under way; those amid a pass belong to it.

    In the first step out of a turn the body is still slow; with the last one into it, it is slow once the foot stands.
    """
    table = table.astype({"valid": bool, "reason": str})
    speeds: dict[int, tuple[float, float]] = {}
    for walk in scene.passes:
        for row, start, end in table.loc[table["pass_number"] == walk.number, ["start_s", "time_s"]].itertuples():
            beyond = (floor.speed_bh_s(walk, end, end + share * (end - start)) for share in _BEYOND)
            speeds[row] = floor.speed_bh_s(walk, start, end), next((v for v in beyond if np.isfinite(v)), np.nan)
    usual = nanmedian(np.array([within for within, _ in speeds.values()]))
    for rows in table.groupby("pass_number").groups.values():
        least = UNDER_WAY * min(usual, np.fmax.reduce([speeds[row][0] for row in rows]))
        slow = [any(speed < least for speed in speeds[row]) for row in rows]
        until, since = (len(list(itertools.takewhile(bool, inward))) for inward in (slow, slow[::-1]))
        rim = [*rows[:until], *rows[len(rows) - since :]]
        table.loc[rim, "valid"] = False
        table.loc[rim, "reason"] = TURNING
    return table


def _without_outliers(table: pd.DataFrame, column: str, share: float, least: float = 0.0) -> pd.DataFrame:
    """Mark rows that are unlike the others of the same side: a turn, a stumble, a stop, or a step that was missed."""
    table = table.astype({"valid": bool, "reason": str})
    known = table[table["valid"] & table[column].notna()]
    usual = known.groupby("side")[column].median()
    limit = max(share * float(usual.abs().mean()), least) if len(usual) else 0.0
    for side, mine in known.groupby("side")[column]:
        if len(mine) < 3:
            continue
        for i, value in mine[(mine - usual[side]).abs() > limit].items():
            table.loc[i, "valid"] = False
            table.loc[i, "reason"] = (
                f"It lasts {value:.2f} s, unlike the others ({usual[side]:.2f})."
                if column.endswith("_s")
                else f"It is {value:.2f} body heights long, unlike the others ({usual[side]:.2f})."
            )
    return table


def _with_steps_left_out(strides: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Say of each stride that counts when the step with which it ends does not."""
    left_out = steps[~steps["valid"].astype(bool)]
    why = dict(zip(zip(left_out["side"], left_out["time_s"], strict=True), left_out["reason"], strict=True))
    reasons = [
        f"Its step is left out. {why[side, end]}" if valid and (side, end) in why else reason
        for side, end, valid, reason in zip(
            strides["side"], strides["end_s"], strides["valid"], strides["reason"], strict=True
        )
    ]
    return strides.assign(reason=reasons)
