"""Joints go out in the layout of the package movement, and those of other programs come in by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gait.errors import InputError, UsageError
from gait.movement import from_movement, recognised, to_movement
from gait.skeleton import INDEX, KEYPOINTS, short_name
from gait.types import PoseSequence, Roll
from tests.needs import NO_MOVEMENT

xr = pytest.importorskip("xarray")


@pytest.fixture
def poses() -> PoseSequence:
    """Forty frames at uneven times; the nose is unknown in the third one, and the camera was tilted."""
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 600, (40, 23, 2)).astype(np.float32)
    score = rng.uniform(0.1, 1, (40, 23)).astype(np.float32)
    xy[2, INDEX["nose"]], score[2, INDEX["nose"]] = np.nan, 0
    return PoseSequence(
        time_s=np.cumsum(rng.uniform(0.02, 0.05, 40)),
        frame=np.arange(40) * 2,
        xy_px=xy,
        score=score,
        model="blazepose",
        width_px=1280,
        height_px=720,
        background_xy_px=rng.normal(size=(40, 2)),
        sd_px=rng.uniform(1, 9, (40, 23)).astype(np.float32),
        roll=Roll(deg=1.5, fan_deg=-2.0, sd_deg=0.3),
    )


@pytest.fixture
def foreign(poses: PoseSequence) -> Any:
    """Two people of another program, in numbers of frames; ``mouse`` has the joints of `poses`, without scores."""
    dataset = to_movement(poses)[["position"]].transpose("time", "space", "keypoints", "individuals")
    two = np.concatenate([dataset["position"].to_numpy(), np.zeros((40, 2, 23, 1))], axis=3)
    return xr.Dataset(
        {"position": (("time", "space", "keypoints", "individuals"), two)},
        coords={
            "time": np.arange(40),
            "space": ["x", "y"],
            "keypoints": [short_name(name) for name in KEYPOINTS],
            "individuals": ["mouse", "other"],
        },
        attrs={"source_software": "DeepLabCut", "ds_type": "poses", "time_unit": "frames"},
    )


def test_joints_come_back_as_they_went_out(poses: PoseSequence) -> None:
    assert from_movement(to_movement(poses)) == poses
    plain = replace(poses, sd_px=None, background_xy_px=None, roll=None)
    assert from_movement(to_movement(plain)) == plain
    assert plain != poses


def test_the_layout_is_that_of_movement(poses: PoseSequence) -> None:
    dataset = to_movement(poses, "patient")
    assert dataset["position"].dims == ("time", "space", "keypoints", "individuals")
    assert dataset["confidence"].dims == ("time", "keypoints", "individuals")
    assert dataset.attrs["ds_type"] == "poses"
    assert dataset.attrs["time_unit"] == "seconds"
    assert dataset.attrs["fps"] == pytest.approx(1 / np.median(np.diff(poses.time_s)))
    ankle = dataset["position"].sel(keypoints="left_ankle", individuals="patient", space="y")
    np.testing.assert_array_equal(ankle, poses.point("left_ankle")[:, 1])


def test_joints_of_another_program_come_in(poses: PoseSequence, foreign: Any) -> None:
    got = from_movement(foreign, individual="mouse", size_px=(1280, 720), fps=50)
    np.testing.assert_array_equal(got.xy_px, poses.xy_px)
    np.testing.assert_allclose(got.time_s, np.arange(40) / 50)
    assert got.model == "DeepLabCut"
    assert got.score[2, INDEX["nose"]] == 0
    assert got.score[3, INDEX["nose"]] == 1


def test_a_point_that_the_dataset_lacks_is_nan(foreign: Any) -> None:
    few = foreign.sel(keypoints=["LHip", "LKnee", "LAnkle"])
    got = from_movement(few, individual="mouse", size_px=(1280, 720), fps=50)
    assert np.isfinite(got.point("left_knee")).all()
    assert np.isnan(got.point("right_knee")).all()
    assert got.keypoints == KEYPOINTS


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"size_px": (9, 9), "fps": 50}, UsageError, "several individuals.*one of mouse, other"),
        ({"individual": "cat", "size_px": (9, 9), "fps": 50}, UsageError, "no individual 'cat'"),
        ({"individual": "mouse", "fps": 50}, UsageError, "size of the picture.*size_px="),
        ({"individual": "mouse", "size_px": (9, 9)}, UsageError, "numbers of frames.*fps="),
    ],
)
def test_what_the_dataset_does_not_say_is_asked_for(
    foreign: Any, given: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        from_movement(foreign, **given)


def test_an_unknown_name_is_told_with_ours(foreign: Any) -> None:
    odd = foreign.assign_coords(keypoints=["Snout", "Neck", *(short_name(name) for name in KEYPOINTS[2:])])
    asked: dict[str, Any] = {"individual": "mouse", "size_px": (1280, 720), "fps": 50}
    with pytest.raises(InputError, match=r"Snout, Neck are not known here; ours are nose, .*left_heel.*names="):
        from_movement(odd, **asked)
    got = from_movement(odd, names={"Snout": "nose", "Neck": None}, **asked)
    assert np.isfinite(got.point("nose")).any()
    with pytest.raises(InputError, match="Snout and Neck are both nose"):
        from_movement(odd, names={"Snout": "nose", "Neck": "nose"}, **asked)


def test_three_dimensions_or_boxes_are_no_joints_in_a_picture(foreign: Any) -> None:
    with pytest.raises(InputError, match="expected position over time"):
        from_movement(foreign.isel(keypoints=0))
    deep = xr.concat([foreign, foreign.isel(space=[0]).assign_coords(space=["z"])], dim="space")
    with pytest.raises(InputError, match="3-D"):
        from_movement(deep, individual="mouse", size_px=(9, 9), fps=50)


@pytest.mark.parametrize(
    "spelled", ["left_ankle", "LAnkle", "LeftAnkle", "left ankle", "LEFT_ANKLE", "ankle_left", "Ankle.L", "ankleL"]
)
def test_a_name_is_recognised_however_it_is_spelled(spelled: str) -> None:
    assert recognised(spelled) == "left_ankle"


def test_names_that_are_none_of_ours() -> None:
    for name in KEYPOINTS:
        assert recognised(name) == recognised(short_name(name)) == name
    assert recognised("right_foot_index") == recognised("RToe") == "right_big_toe"
    for name in ("ankle", "left", "L", "neck", "tail_base", "MidHip", "", "left_tail"):
        assert recognised(name) is None


def test_movement_itself_takes_our_dataset(poses: PoseSequence, tmp_path: Path) -> None:
    pytest.importorskip("movement", reason=NO_MOVEMENT)
    from movement.io import load_poses, save_poses
    from movement.kinematics import compute_velocity
    from movement.validators.datasets import ValidPosesInputs

    even = replace(poses, time_s=np.arange(40) / 50, frame=np.arange(40))
    dataset = to_movement(even)
    ValidPosesInputs.validate(dataset)
    assert compute_velocity(dataset["position"]).shape == (40, 2, 23, 1)
    save_poses.to_dlc_file(dataset, tmp_path / "walk.csv", split_individuals=False)
    save_poses.to_sleap_analysis_file(dataset, tmp_path / "walk.h5")
    for path, read in (
        (tmp_path / "walk.csv", load_poses.from_dlc_file),
        (tmp_path / "walk.h5", load_poses.from_sleap_file),
    ):
        got = from_movement(read(path, fps=50), size_px=(1280, 720))
        np.testing.assert_allclose(got.xy_px, even.xy_px, rtol=1e-6)
        np.testing.assert_allclose(got.time_s, even.time_s)


def test_a_file_of_deeplabcut_with_its_own_names_comes_in(poses: PoseSequence, tmp_path: Path) -> None:
    """A table as DeepLabCut writes it, of one person, with the names that somebody gave to the points."""
    pytest.importorskip("movement", reason=NO_MOVEMENT)
    from movement.io import load_poses

    theirs = {"Left_Hip": "left_hip", "Left_Knee": "left_knee", "ankle_L": "left_ankle", "chin": None}
    columns = pd.MultiIndex.from_product(
        [["DLC_resnet50"], list(theirs), ["x", "y", "likelihood"]], names=["scorer", "bodyparts", "coords"]
    )
    values = np.concatenate([np.c_[poses.point(ours or "nose"), np.full(40, 0.9)] for ours in theirs.values()], axis=1)
    pd.DataFrame(values, columns=columns).to_csv(tmp_path / "walk.csv")
    dataset = load_poses.from_dlc_file(tmp_path / "walk.csv", fps=50)
    with pytest.raises(InputError, match="keypoints chin are not known"):
        from_movement(dataset, size_px=(1280, 720))
    got = from_movement(dataset, size_px=(1280, 720), names={"chin": None})
    np.testing.assert_allclose(got.point("left_ankle"), poses.point("left_ankle"), rtol=1e-5)
    assert got.score[0, INDEX["left_knee"]] == pytest.approx(0.9)
