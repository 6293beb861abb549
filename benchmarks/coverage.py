"""Do the 95 % intervals hold the truth in 95 of 100 walks? Many simulated walkers and cameras, all different.

    python benchmarks/coverage.py [walkers]

Each walker has habits of their own (cadence, lengths, asymmetry, variability, posture, build) and each camera its own
place, lens, frame rate, noise and tilt, and each recording a pose model that puts every joint a little beside its
place; the truth is the habit, not the mean of the few strides that were filmed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from benchmarks.simulated_body import SHANK, THIGH
from benchmarks.simulator import PATTERNS, Recording, Truth, Walker, simulate_walk
from gait.analysis.analyze import analyze
from gait.columns import MEASURED
from gait.config import AnalysisSettings, ScaleSettings
from gait.signals.clean import leg_length_px
from gait.skeleton import SIDES, mirrored
from gait.types import PoseSequence

RANGES = ("hip", "knee", "ankle")
MODEL_SHARED_SD_BH, MODEL_OWN_SD_BH = 0.010, 0.006
"""By how much a pose model puts a joint beside its place, in body heights, 17 and 10 mm in an adult: alike on both
sides, and each side by itself."""


def random_walker(rng: np.random.Generator) -> Walker:
    """Draw someone like one of the patterns, and different from all of them."""
    base = PATTERNS[
        str(rng.choice(["usual", "usual", "usual", "slow", "fast", "antalgic", "hemiparetic", "stiff knee"]))
    ]
    longer = 1 + 0.08 * rng.standard_normal()
    left, right = (float(longer * (1 + 0.03 * rng.standard_normal()) * x) for x in base.step_length_bh)
    stance = tuple(float(np.clip(x + 0.012 * rng.standard_normal(), 0.55, 0.75)) for x in base.stance)
    pitches = {
        name: tuple(float(x + both + 3 * rng.standard_normal()) for x in getattr(base, name))
        for name, both in (
            ("heel_strike_pitch_deg", 4 * rng.standard_normal()),
            ("foot_off_pitch_deg", 5 * rng.standard_normal()),
        )
    }
    return replace(
        base,
        **pitches,
        height_m=float(rng.normal(1.70, 0.1)),
        cadence=float(base.cadence * (1 + 0.06 * rng.standard_normal())),
        step_length_bh=(left, right),
        step_time_share=float(base.step_time_share + 0.01 * rng.standard_normal()),
        stance=stance,
        step_time_sd_s=float(rng.uniform(0.006, 0.025)),
        step_length_sd_bh=float(rng.uniform(0.005, 0.015)),
        forward_lean_deg=float(base.forward_lean_deg + 3 * rng.standard_normal()),
        nose_up_bh=float(0.015 * rng.standard_normal()),
        step_width_bh=float(rng.uniform(0.03, 0.09)),
    )


def random_recording(rng: np.random.Generator) -> Recording:
    """Draw a camera beside the walk, not quite square to it, and one to three passes."""
    steps = int(rng.integers(6, 10))
    return Recording(
        duration_s=float(rng.uniform(5, 18)),
        steps_per_pass=steps,
        direction=str(rng.choice(["left", "right"])),  # type: ignore[arg-type]
        off_plane_deg=float(np.clip(5 * rng.standard_normal(), -14, 14)),
        fps=float(rng.choice([25.0, 30.0, 50.0, 60.0])),
        phase=float(rng.random()),
        noise_px=float(rng.uniform(0.5, 2.5)),
        dropout=float(rng.choice([0.0, 0.01])),
        distance_m=float(rng.uniform(5.5, 9)),
        camera_height_m=float(rng.uniform(0.8, 1.5)),
        focal_widths=float(rng.uniform(0.7, 1.0)),
        roll_deg=float(rng.standard_normal()),
    )


def displaced(poses: PoseSequence, truth: Truth, rng: np.random.Generator) -> PoseSequence:
    """Return the joints as a pose model sees them that puts each of them a little beside the true place, always alike.

    The displacement is fixed to the body: it turns round with the walker.
    """
    leg_px = leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    height_px = leg_px / (THIGH + SHANK)
    names = [mirrored(name) if name.startswith("right_") else name for name in poses.keypoints]
    shared = {name: MODEL_SHARED_SD_BH * rng.standard_normal(2) for name in dict.fromkeys(names)}
    own = MODEL_OWN_SD_BH * rng.standard_normal((len(names), 2))
    offsets = height_px * (np.array([shared[name] for name in names]) + own)
    facing = np.ones(len(poses.time_s))
    for walk in truth.passes.itertuples():
        facing[poses.time_s >= walk.start_s] = -1.0 if walk.direction == "left" else 1.0
    moved = offsets * np.stack([facing, np.ones_like(facing)], axis=1)[:, None]
    return replace(poses, xy_px=(poses.xy_px + moved).astype(np.float32))


def true_values(truth: Truth) -> dict[tuple[str, str], float]:
    """Return what each measure should be, by (measure, side)."""
    walker, step_s = truth.walker, truth.step_time_s
    stride_s = sum(step_s.values())
    values: dict[tuple[str, str], float] = {
        ("cadence", "both"): walker.cadence,
        ("speed", "both"): sum(walker.step_length_bh) * walker.height_m / stride_s,
        ("step_time_asymmetry", "both"): 200 * (step_s["left"] - step_s["right"]) / stride_s,
        ("stance_asymmetry", "both"): 100 * (walker.stance[0] - walker.stance[1]),
        ("trunk_lean_forward", "both"): float(truth.signals["forward_lean_deg"].mean()),
    }
    lengths = {}
    for side, length, stance in zip(SIDES, walker.step_length_bh, walker.stance, strict=True):
        other = walker.stance[1 - SIDES.index(side)]
        lengths[side] = length * walker.height_m
        values |= {
            ("step_time", side): step_s[side],
            ("stride_time", side): stride_s,
            ("stance", side): 100 * stance,
            ("swing", side): 100 * (1 - stance),
            ("single_support", side): 100 * (1 - other),
            ("double_support", side): truth.double_support_pct,
            ("step_length", side): lengths[side],
            ("stride_length", side): sum(walker.step_length_bh) * walker.height_m,
        }
        for joint in RANGES:
            values[(f"{joint}_rom", side)] = _true_range(truth, side, f"{side}_{joint}_deg")
    values[("step_length_asymmetry", "both")] = 200 * (lengths["left"] - lengths["right"]) / sum(lengths.values())
    return values


def _true_range(truth: Truth, side: str, name: str) -> float:
    strikes = truth.events[(truth.events["side"] == side) & (truth.events["kind"] == "strike")]
    ranges = []
    for (a, p), (b, q) in zip(
        strikes[["time_s", "pass_number"]].to_numpy()[:-1],
        strikes[["time_s", "pass_number"]].to_numpy()[1:],
        strict=True,
    ):
        inside = (truth.signals["time_s"] >= a) & (truth.signals["time_s"] <= b)
        if p == q > 0:
            ranges.append(float(np.ptp(truth.signals.loc[inside, name])))
    return float(np.mean(ranges)) if ranges else float("nan")


def one_walk(seed: int) -> list[dict[str, object]]:
    """Simulate and analyze one walker; one row per measure that has an interval."""
    rng = np.random.default_rng(seed)
    walker, recording = random_walker(rng), random_recording(rng)
    poses, truth = simulate_walk(walker, recording, seed=seed)
    result = analyze(displaced(poses, truth, rng), AnalysisSettings(scale=ScaleSettings(height_m=walker.height_m)))
    measured = result.measures.set_index(["measure", "side"])
    rows: list[dict[str, object]] = []
    for key, true in true_values(truth).items():
        row = measured.loc[key]
        if row["status"] in MEASURED and np.isfinite(true):
            rows.append(
                {
                    "seed": seed,
                    "measure": key[0],
                    "held": row["ci_low"] <= true <= row["ci_high"],
                    "error": row["value"] - true,
                    "half": (row["ci_high"] - row["ci_low"]) / 2,
                    "n": row["n"],
                    "fps": recording.fps,
                }
            )
    return rows


def coverage(walkers: int = 200, first_seed: int = 0) -> pd.DataFrame:
    """Return one row per measure and walk."""
    rows: list[dict[str, object]] = []
    for seed in range(first_seed, first_seed + walkers):
        rows.extend(one_walk(seed))
    return pd.DataFrame(rows)


def summary(walks: pd.DataFrame) -> pd.DataFrame:
    """Return one row per measure: share of intervals that hold the truth, errors, usual half width."""
    grouped = walks.groupby("measure", sort=False)
    return pd.DataFrame(
        {
            "n": grouped.size(),
            "coverage %": (100 * grouped["held"].mean()).round(1),
            "bias": grouped["error"].mean().round(4),
            "mean absolute error": grouped["error"].apply(lambda e: e.abs().mean()).round(4),
            "half interval": grouped["half"].median().round(4),
        }
    )


def main() -> None:
    walkers = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    walks = coverage(walkers)
    print(f"{walkers} walkers, {walks['seed'].nunique()} with measures")
    print(summary(walks).to_string())


if __name__ == "__main__":
    main()
