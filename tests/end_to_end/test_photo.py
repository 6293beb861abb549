"""Photographs from the command line to the files, through the real BlazePose."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gait.config import load_settings
from gait.photo.read import PhotoReader
from gait.pose.sapiens2.weights import is_installed as sapiens2_is_installed
from gait.types import ImageArray
from gait.video.reader import open_video
from tests.needs import need_blazepose
from tests.truth import sample_clip, true_keypoints

MODELS = Path(__file__).parents[1] / "models"
FRAME = 110
"""Of side_walk: the near right leg swings, with its knee bent."""


def gait(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("gait")
    assert program, "the command gait is not installed"
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def frame_of(clip: str, row: int) -> ImageArray:
    video, truth = sample_clip(clip)
    (frame,) = open_video(video).frames_at(np.array([truth["time_s"][row]]))
    return frame.image


def save(path: Path, rgb: ImageArray) -> Path:
    assert cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))
    return path


def save_turned(path: Path, rgb: ImageArray) -> Path:
    """Store a picture as a phone held upright does: turned, with an EXIF part that says so (orientation 6)."""
    jpeg = save(path, np.rot90(rgb)).read_bytes()
    tiff = b"MM\0\x2a\0\0\0\x08\0\x01" + bytes.fromhex("0112 0003 00000001 0006 0000") + b"\0\0\0\0"
    part = b"Exif\0\0" + tiff
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part + jpeg[2:])
    return path


def angle(tree: dict[str, Any], name: str, side: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [a for a in tree["angles"] if a["angle"] == name and a["side"] == side]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Five photographs in one go: one of them broken, one of an empty room."""
    need_blazepose()
    folder = tmp_path_factory.mktemp("photos")
    (folder / "broken.jpg").write_bytes(b"Dear doctor, " * 50)
    save(folder / "side.png", frame_of("side_walk", FRAME))
    save_turned(folder / "turned.jpg", frame_of("side_walk", FRAME))
    save(folder / "front.png", frame_of("two_people", 40))
    save(folder / "empty.png", frame_of("empty_room", 0))
    names = ["broken.jpg", "side.png", "turned.jpg", "front.png", "empty.png"]
    return folder / "reports", gait("photo", *names, cwd=folder)


def tree_of(reports: Path, name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((reports / name / f"{name}.json").read_text(encoding="utf-8"))
    return tree


Done = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", ["side", "turned"])
def test_the_near_leg_seen_from_the_side_has_its_true_angles(done: Done, name: str) -> None:
    tree = tree_of(done[0], name)
    _, truth = sample_clip("side_walk")
    assert tree["view"]["view"] == "sagittal"
    assert tree["view"]["facing"] == "right"
    assert tree["view"]["near_side"] == "right"
    assert (tree["picture"]["width_px"], tree["picture"]["height_px"]) == (1280, 720)
    knee = angle(tree, "knee_interior", "right")
    assert knee["status"] == "valid"
    assert knee["value"] == pytest.approx(180 - truth["right_knee_deg"][FRAME], abs=10)
    assert angle(tree, "trunk_lean", "both")["value"] == pytest.approx(truth["trunk_lean_deg"][FRAME], abs=4)
    true = true_keypoints("side_walk").iloc[FRAME]
    found = {point["name"]: point for point in tree["keypoints"]}
    for point in ("right_hip", "right_knee", "right_ankle"):
        away = np.hypot(found[point]["x_px"] - true[f"{point}_x"], found[point]["y_px"] - true[f"{point}_y"])
        assert away < 20


def test_what_says_nothing_in_a_view_is_marked_with_the_reason(done: Done) -> None:
    side, front = tree_of(done[0], "side"), tree_of(done[0], "front")
    assert angle(side, "shoulder_tilt", "both")["status"] == "not_meaningful"
    assert angle(side, "knee_interior", "left")["status"] == "limited"
    assert front["view"]["view"] == "frontal"
    assert front["view"]["facing"] == "toward"
    assert angle(front, "knee_interior", "left")["status"] == "not_meaningful"
    assert "bending" in angle(front, "knee_interior", "left")["reason"]
    assert angle(front, "shoulder_tilt", "both")["status"] == "valid"
    assert any("2D" in note for note in side["notes"])


def test_of_two_people_the_larger_is_measured_and_a_note_says_so(done: Done) -> None:
    tree = tree_of(done[0], "front")
    assert len(tree["subject"]["people"]) == 2
    assert tree["subject"]["reason"] == "The largest of 2 people found."
    nose = next(point for point in tree["keypoints"] if point["name"] == "nose")
    assert nose["x_px"] > 1000
    assert "The largest of 2 people found." in done[1].stdout


def test_the_table_has_every_angle_and_says_what_they_are(done: Done) -> None:
    for word in ("Knee", "Hip", "Elbow", "Neck flexion", "Trunk lean", "Shoulder tilt", "Hip tilt", "2D", "n/a"):
        assert word in done[1].stdout
    assert "Traceback" not in done[1].stderr


def test_the_annotated_picture_shows_the_upright_photograph_with_the_near_leg_in_its_colour(done: Done) -> None:
    picture = cv2.imread(str(done[0] / "turned" / "turned.annotated.jpg"))[..., ::-1].astype(int)
    scale = picture.shape[1] / 1280
    assert picture.shape[0] > 720 * scale
    knee = next(p for p in tree_of(done[0], "turned")["keypoints"] if p["name"] == "right_knee")
    hip = next(p for p in tree_of(done[0], "turned")["keypoints"] if p["name"] == "right_hip")
    x, y = ((knee[axis] + hip[axis]) / 2 * scale for axis in ("x_px", "y_px"))
    red, _, blue = picture[round(y), round(x)]
    assert red > 150
    assert blue < 100
    # Away from the person it is the photograph.
    corner = frame_of("side_walk", FRAME)[60:80, 60:80].mean(axis=(0, 1))
    there = picture[round(60 * scale) : round(80 * scale), round(60 * scale) : round(80 * scale)].mean(axis=(0, 1))
    assert np.abs(there - corner).max() < 4


def test_a_broken_file_and_an_empty_room_do_not_keep_the_others_from_being_read(done: Done) -> None:
    reports, process = done
    assert process.returncode == 3
    assert "broken.jpg: is not a picture" in process.stderr
    assert not (reports / "broken").exists()
    assert "empty.png: No person was found" in process.stderr
    assert tree_of(reports, "empty")["refusal"] == "No person was found in the picture."
    assert [path.name for path in (reports / "empty").iterdir()] == ["empty.json"]


def test_a_picture_of_nobody_alone_exits_with_4_and_quiet_prints_only_that(tmp_path: Path) -> None:
    need_blazepose()
    save(tmp_path / "empty.png", frame_of("empty_room", 0))
    process = gait("photo", "empty.png", "--quiet", cwd=tmp_path)
    assert process.returncode == 4
    assert process.stdout == ""
    assert len(process.stderr.strip().splitlines()) == 1


def test_the_same_photograph_replaces_its_result_and_another_of_that_name_does_not(tmp_path: Path) -> None:
    need_blazepose()
    for folder, row in (("a", FRAME), ("b", FRAME - 8)):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "IMG_1.png", frame_of("side_walk", row))
    process = gait("photo", "a/IMG_1.png", "b/IMG_1.png", "a/IMG_1.png", "-o", "out", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["IMG_1", "IMG_1-2"]
    hashes = {
        json.loads((tmp_path / "out" / folder / "IMG_1.json").read_text())["provenance"]["file"]["sha256"]
        for folder in ("IMG_1", "IMG_1-2")
    }
    assert len(hashes) == 2


@pytest.mark.skipif(sapiens2_is_installed(), reason="Sapiens2 is installed")
def test_a_model_that_is_not_installed_exits_with_5(tmp_path: Path) -> None:
    save(tmp_path / "empty.png", frame_of("empty_room", 0))
    process = gait("photo", "empty.png", "--model", "sapiens2-0.4b", cwd=tmp_path)
    assert process.returncode == 5
    assert "Sapiens2" in process.stderr


@pytest.mark.torch
def test_sapiens2_and_yolo_read_a_photograph_too(tmp_path: Path) -> None:
    models = {"pose.model": str(MODELS / "sapiens2_tiny_pose.safetensors"), "pose.device": "cpu"}
    settings = load_settings(None, models | {"subject.detector": str(MODELS / "tiny_yolo.pt")})
    with PhotoReader(settings) as reader:
        outcome = reader.read(save(tmp_path / "side.png", frame_of("side_walk", FRAME)), out=tmp_path / "out")
    assert outcome.readout is not None
    assert outcome.readout.view == "sagittal"  # the tiny weights may mix up the feet, and with them where they point
    found = json.loads(outcome.json.read_text(encoding="utf-8"))["keypoints"]
    true = true_keypoints("side_walk").iloc[FRAME]
    away = [np.hypot(p["x_px"] - true[f"{p['name']}_x"], p["y_px"] - true[f"{p['name']}_y"]) for p in found]
    # Of a person 370 px tall.
    assert np.median(away) < 10


def test_no_photograph_at_all_is_wrong_usage(tmp_path: Path) -> None:
    assert gait("photo", cwd=tmp_path).returncode == 2
