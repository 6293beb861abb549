"""Which detector is opened, and what a detection is."""

from __future__ import annotations

import numpy as np
import pytest

from gait.errors import ModelUnavailableError, UsageError
from gait.litert import is_ready
from gait.subject import DETECTORS, Sample
from gait.subject.camera import CameraPose
from gait.subject.detect.registry import FullFrame, open_detector
from gait.subject.detections import HALF_WIDTH, from_boxes

VIEW = Sample(
    row=0,
    time_s=0.0,
    rgb=np.zeros((272, 480, 3), np.uint8),
    camera=CameraPose(matrix=np.eye(3), shift_px=np.zeros(2)),
)


def test_an_unknown_detector_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(UsageError) as error:
        open_detector("motion")
    assert "--detector motion: unknown" in str(error.value)
    assert all(name in str(error.value) for name in (*DETECTORS, "auto", ".pt"))


@pytest.mark.parametrize("name", ["auto", "blazepose"])
def test_where_its_weights_are_missing_it_is_said_how_to_get_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gait.litert.weights_file", lambda _network: None)
    with pytest.raises(
        ModelUnavailableError, match=r"pose_detection\.tflite of blazepose are not on this machine"
    ) as error:
        open_detector(name)
    assert "gait models pull blazepose" in str(error.value)


@pytest.mark.skipif(not is_ready("detector"), reason="BlazePose is not installed")
def test_the_embedded_detector_is_the_automatic_choice_on_a_cpu() -> None:
    detector = open_detector("auto", "cpu")
    assert detector.name == "blazepose"
    assert list(detector.flush()) == []


def test_the_whole_picture_is_one_person_who_is_sure() -> None:
    detector = FullFrame()
    (found,) = detector.push(VIEW, np.empty((0, 3)))
    assert found.hips.tolist() == [[240, 136]]
    assert found.score.tolist() == [1]
    assert list(detector.flush()) == []


def test_a_box_from_head_to_soles_is_hips_half_way_and_a_reach_of_half_its_height() -> None:
    found = from_boxes(VIEW, np.array([[100.0, 40, 150, 240]]), np.array([0.7]))
    assert found.hips.tolist() == [[125, 140]]
    assert found.reach.tolist() == [100]
    assert found.box[0] == pytest.approx([125 - 100 * HALF_WIDTH, 40, 125 + 100 * HALF_WIDTH, 240])


def test_of_somebody_who_lies_the_reach_is_half_the_width() -> None:
    assert from_boxes(VIEW, np.array([[100.0, 200, 300, 250]]), np.array([0.7])).reach.tolist() == [100]


def test_nobody_is_found_is_no_failure() -> None:
    found = from_boxes(VIEW, np.empty((0, 4)), np.empty(0))
    assert found.hips.shape == (0, 2)
    assert found.box.shape == (0, 4)
