"""How much strides vary: what is left once the error of timing is taken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.simulator import Walker


def test_uneven_steps_have_their_stride_time_sd_in_ms(walk: Callable[..., Any]) -> None:
    """Step times that vary by 35 ms make strides vary by about the square root of two times that."""
    _, truth, result = walk(walker=Walker(step_time_sd_s=0.035), ground="treadmill", duration_s=25.0, fps=60.0, seed=3)
    rows = result.measures.set_index(["measure", "side"])
    sd = rows.loc[("stride_time_sd", "both")]
    steps = truth.steps["step_time_s"].to_numpy()
    true_ms = 1000 * float(np.std(steps[1:] + steps[:-1], ddof=1))
    assert (sd["status"], sd["unit"]) == ("valid", "ms")
    assert sd["ci_low"] < true_ms < sd["ci_high"]
    assert sd["value"] == pytest.approx(true_ms, rel=0.2)
    cv, mean = rows.loc[("stride_time_cv", "both"), "value"], rows.loc[("stride_time", "both"), "value"]
    assert sd["value"] == pytest.approx(10 * cv * mean, rel=0.01)


def test_even_steps_are_below_the_resolution_and_the_limit_is_named(walk: Callable[..., Any]) -> None:
    _, _, result = walk(walker=Walker(step_time_sd_s=0.0), duration_s=7.0, noise_px=0.5)
    sd = result.measures.set_index("measure").loc["stride_time_sd"]
    assert sd["status"] == "withheld"
    assert sd["reason"].startswith("Below the resolution of this frame rate: less than ")
    assert " ms, " in sd["reason"]


def test_no_measure_of_variability_has_an_interval_down_to_zero(walk: Callable[..., Any]) -> None:
    """What could as well be the error of timing is withheld at every frame rate, with the limit it stays under."""
    for fps in (25.0, 30.0, 60.0):
        for seed in range(4):
            _, _, result = walk(walker=Walker(step_time_sd_s=0.008), duration_s=7.0, fps=fps, noise_px=1.0, seed=seed)
            rows = result.measures.set_index("measure").loc[["stride_time_sd", "stride_time_cv", "step_time_cv"]]
            valid = rows[rows["status"] == "valid"]
            assert (valid["ci_low"] > 0).all()
            assert valid["reason"].str.contains("about 50 are needed").all()
            withheld = rows[rows["status"] == "withheld"]
            assert withheld["reason"].str.startswith("Below the resolution of this frame rate: less than ").all()


def test_steps_of_one_length_have_no_variability_and_very_uneven_ones_do(walk: Callable[..., Any]) -> None:
    """What the joints' places alone make of equal steps is no variability; a tenth of a leg from step to step is."""
    _, _, even = walk(walker=Walker(step_length_sd_bh=0.0), duration_s=7.0, noise_px=3.0)
    row = even.measures.set_index("measure").loc["step_length_cv"]
    assert row["status"] == "withheld"
    assert row["reason"].startswith("Below what the places of the joints let be known: less than ")
    _, truth, uneven = walk(walker=Walker(step_length_sd_bh=0.05), ground="treadmill", duration_s=25.0, seed=3)
    row = uneven.measures.set_index("measure").loc["step_length_cv"]
    lengths = truth.steps.groupby("side")["step_length_bh"]
    true = 100 * float(np.sqrt(lengths.var().mean()) / truth.steps["step_length_bh"].mean())
    assert row["status"] == "valid"
    assert row["ci_low"] < true < row["ci_high"]
