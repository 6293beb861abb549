"""How a foot turns about its contacts moves all its events alike, and only where it turns."""

from __future__ import annotations

import numpy as np
import pytest

from gait.analysis.events.foot_habits import SIGN_SD_S, SPEED_SD_S, with_habits
from gait.analysis.events.order import PossibleEvent


def candidate(time_s: float, kind: str = "off", side: str = "left", **signs_s: float) -> PossibleEvent:
    return PossibleEvent(
        time_s=time_s,
        side=side,
        kind=kind,
        confidence=1.0,
        method="auto",
        sd_s=0.01,
        pass_number=1,
        signs_s=signs_s,  # type: ignore[arg-type]
    )


def test_signs_that_all_come_later_move_every_event_by_the_same_time_and_never_beyond_them() -> None:
    offs = [candidate(t, pitch=0.020, toe_acceleration=0.020) for t in (1.0, 2.1, 3.2, 4.3)]

    moved_s = np.array([c.time_s for c in with_habits(offs, offs)]) - [c.time_s for c in offs]

    assert np.ptp(moved_s) < 1e-9
    assert 0.010 < moved_s[0] < 0.020


def test_more_events_say_more() -> None:
    offs = [candidate(float(t), pitch=0.020) for t in range(20)]

    few, many = (with_habits(offs[:1], offs[:n])[0].time_s for n in (1, 20))

    assert few < many < 0.020 * SPEED_SD_S**2 / (SPEED_SD_S**2 + SIGN_SD_S**2) + 1e-9


def test_both_feet_move_alike_so_that_no_limp_comes_of_it() -> None:
    offs = [candidate(1.0, side="left", pitch=0.030), candidate(1.5, side="right", pitch=0.0)]

    left, right = with_habits(offs, offs)

    assert left.time_s - 1.0 == pytest.approx(right.time_s - 1.5)


def test_offs_say_nothing_of_strikes_and_no_sign_moves_nothing() -> None:
    strike = candidate(1.0, kind="strike")

    assert with_habits([strike], [strike, candidate(1.6, pitch=0.030)]) == [strike]
