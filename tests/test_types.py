"""The core values refuse wrong shapes, and say what they expected and what they got."""

import numpy as np
import pytest

from gait.skeleton import KEYPOINTS, LEG, mirrored, side_of
from gait.types import PoseSequence


def sequence(n: int = 4, **changes: object) -> PoseSequence:
    values: dict[str, object] = {
        "time_s": np.arange(n) / 30,
        "frame": np.arange(n),
        "xy_px": np.zeros((n, 23, 2), np.float32),
        "score": np.ones((n, 23), np.float32),
        "model": "test",
        "width_px": 640,
        "height_px": 480,
    }
    return PoseSequence(**(values | changes))  # type: ignore[arg-type]


def test_a_wrong_shape_is_told_with_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"score: expected shape \(4, 23\), got \(4, 3\)"):
        sequence(score=np.ones((4, 3), np.float32))


def test_time_must_increase() -> None:
    with pytest.raises(ValueError, match="position 2"):
        sequence(time_s=np.array([0.0, 0.1, 0.1, 0.2]))


def test_a_point_that_the_model_lacks_is_nan() -> None:
    poses = sequence(keypoints=("nose",), xy_px=np.zeros((4, 1, 2), np.float32), score=np.ones((4, 1), np.float32))
    assert np.isnan(poses.point("left_heel")).all()
    assert (poses.point("nose") == 0).all()


def test_every_point_of_a_leg_has_its_twin_on_the_other_side() -> None:
    for name in LEG:
        assert mirrored(f"left_{name}") == f"right_{name}"
        assert side_of(f"right_{name}") == "right"
    assert {mirrored(name) for name in KEYPOINTS} == set(KEYPOINTS)
    assert mirrored("nose") == "nose"
    assert side_of("nose") is None
