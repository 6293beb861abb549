"""YOLO on the sample clips, with tiny weights that were trained on people drawn by the same renderer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gait.config import SubjectSettings
from gait.errors import InputError
from gait.subject import Detections, View, follow_subject, yolo, yolo_weights
from gait.subject.boxes import area, intersection, iou
from gait.subject.watch import watch
from gait.subject.yolo import YoloDetector, to_bgr
from gait.types import SubjectTrack
from gait.video import open_video

if not yolo_weights.is_installed():
    pytest.skip("YOLO is not installed", allow_module_level=True)

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "models" / "tiny_yolo.pt"

SampleClip = Callable[[str], tuple[Path, dict[str, Any]]]


class Recorded:
    """A detector that remembers what it found."""

    def __init__(self) -> None:
        self._detector = YoloDetector(TINY, "cpu")
        self.name = self._detector.name
        self.pushed: list[int] = []
        self.found: list[Detections] = []

    def push(self, view: View) -> Iterator[Detections]:
        self.pushed.append(view.row)
        return self._keep(self._detector.push(view))

    def flush(self) -> Iterator[Detections]:
        return self._keep(self._detector.flush())

    def _keep(self, answers: Iterator[Detections]) -> Iterator[Detections]:
        for detections in answers:
            self.found.append(detections)
            yield detections


def look_at(video: Path) -> Recorded:
    detector = Recorded()
    watch(open_video(video), detector, None)
    return detector


@pytest.fixture(scope="module")
def side_walk(sample_clip: SampleClip) -> tuple[Recorded, list[Any]]:
    """All that was found, and the true box in each frame, small as the views are; None where not all is in view."""
    video, known = sample_clip("side_walk")
    scale = 480 / known["width"]
    boxes = [
        scale * np.array(box) if whole else None for box, whole in zip(known["box_px"], known["whole"], strict=True)
    ]
    return look_at(video), boxes


def test_the_walker_is_found_in_nearly_every_view(side_walk: tuple[Recorded, list[Any]]) -> None:
    detector, truth = side_walk
    views = [d for d in detector.found if truth[d.view.row] is not None]
    assert len(views) >= 50
    overlap = [iou(truth[d.view.row], d.boxes).max(initial=0.0) for d in views]
    assert np.mean(np.array(overlap) > 0.7) > 0.95
    assert np.median(overlap) > 0.8


def test_the_walker_is_the_same_from_the_first_view_to_the_last(side_walk: tuple[Recorded, list[Any]]) -> None:
    detector, truth = side_walk
    numbers = [
        int(d.ids[np.argmax(iou(truth[d.view.row], d.boxes))])
        for d in detector.found
        if truth[d.view.row] is not None and d.ids is not None and len(d.ids)
    ]
    assert np.mean(np.array(numbers) == np.median(numbers)) > 0.95


def test_nobody_is_found_in_an_empty_room(sample_clip: SampleClip) -> None:
    detector = look_at(sample_clip("empty_room")[0])
    assert len(detector.found) > 15
    assert sum(len(d.boxes) for d in detector.found) == 0


def test_an_empty_room_has_no_subject(sample_clip: SampleClip) -> None:
    track = follow_subject(open_video(sample_clip("empty_room")[0]), SubjectSettings(detector=str(TINY)), confirm=None)
    assert np.isnan(track.box_px).all()
    assert track.reason == "No person was found."


@pytest.fixture(scope="module")
def passing(sample_clip: SampleClip) -> tuple[SubjectTrack, dict[str, Any]]:
    """One walks through, behind another who stands nearer, larger and longer in view."""
    video, known = sample_clip("two_people")
    return follow_subject(open_video(video), SubjectSettings(detector=str(TINY)), confirm=None), known


def test_the_one_who_walks_is_followed_not_the_larger_one_who_stands(
    passing: tuple[SubjectTrack, dict[str, Any]],
) -> None:
    track, known = passing
    other = np.array(known["other_people"][0]["box_px"], dtype=np.float64)
    # Before going behind the other: of the walker there is hardly anything to see then.
    rows = [
        row
        for row in np.flatnonzero(known["whole"])
        if intersection(np.array(known["box_px"][row]), other[row]) < 0.1 * area(np.array(known["box_px"][row]))
    ]
    assert len(rows) > 90
    rows = np.array(rows)
    assert np.isfinite(track.box_px[rows]).mean() > 0.95
    rows = rows[np.isfinite(track.box_px[rows, 0])]
    bodies = [np.array(known["box_px"][row]) for row in rows]
    held = [intersection(body, box) / area(body) for body, box in zip(bodies, track.box_px[rows], strict=True)]
    assert np.mean(np.array(held) > 0.85) > 0.95
    assert "from left to right" in track.reason


def test_the_one_who_stands_is_among_the_people_seen(passing: tuple[SubjectTrack, dict[str, Any]]) -> None:
    others = [person for person in passing[0].people if not person.chosen]
    assert any("Stays in place" in person.note for person in others)


def test_the_track_names_the_weights_and_the_device(passing: tuple[SubjectTrack, dict[str, Any]]) -> None:
    assert passing[0].detector.startswith("tiny_yolo (ultralytics 8.")
    assert "cpu" in passing[0].detector


def test_views_in_batches_are_answered_in_order_and_once(
    side_walk: tuple[Recorded, list[Any]], sample_clip: SampleClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yolo, "BATCH", {"cpu": 16})
    alone, together = side_walk[0], look_at(sample_clip("side_walk")[0])
    assert [d.view.row for d in together.found] == together.pushed == alone.pushed
    for one, other in zip(alone.found, together.found, strict=True):
        assert np.allclose(one.boxes, other.boxes, atol=0.1)


def test_colours_reach_the_network_as_they_were() -> None:
    colours = np.array([[220, 40, 30], [30, 200, 60], [40, 60, 210], [128, 128, 128]], dtype=np.uint8)
    picture = np.repeat(np.repeat(colours[None], 16, axis=0), 16, axis=1)
    yuv = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
    chroma = yuv[16:].reshape(2, 8, 32)
    planes = np.stack([yuv[:16], *(cv2.resize(plane, (64, 16), interpolation=cv2.INTER_NEAREST) for plane in chroma)])
    back = to_bgr(planes)[8, 8::16, ::-1].astype(int)
    assert np.abs(back - colours).max() <= 4


WATCHED = """
import json, os, socket, sys
asked = []
def refuse(*arguments, **options):
    asked.append(str(arguments))
    raise OSError("there is no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
import cv2, torch
torch.set_num_threads(2)
cv2.setNumThreads(2)
from gait.subject.detector import open_detector
from gait.subject.watch import watch
from gait.video import open_video
environment = dict(os.environ)
watch(open_video(sys.argv[2], end_s=0.5), open_detector(sys.argv[1]), None)
import ultralytics
print(json.dumps({
    "asked": asked,
    "threads": [torch.get_num_threads(), cv2.getNumThreads()],
    "environment": sorted(set(os.environ.items()) ^ set(environment.items())),
    "sync": ultralytics.settings["sync"],
    "settings": str(ultralytics.settings.file),
}))
"""


def test_nobody_is_asked_and_the_process_stays_as_it_was(tmp_path: Path, sample_clip: SampleClip) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS" and not k.startswith("YOLO_")}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(TINY), str(sample_clip("side_walk")[0])],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["asked"] == []
    assert facts["threads"] == [2, 2]
    assert {name for name, _ in facts["environment"]} <= {
        "YOLO_OFFLINE", "YOLO_AUTOINSTALL", "YOLO_VERBOSE", "YOLO_CONFIG_DIR", "ULTRALYTICS_SAFE_LOAD"
    }  # fmt: skip
    assert facts["sync"] is False
    assert str(tmp_path) not in facts["settings"]
    assert not Path(facts["settings"]).exists()
    assert not list(tmp_path.iterdir())


class Payload:
    """What a program hidden in a pickle looks like: it makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_program_hidden_in_weights_is_not_run(tmp_path: Path) -> None:
    import torch

    # Imported as somebody else would, without the restriction.
    import ultralytics.nn.tasks

    assert ultralytics.nn.tasks
    torch.save({"model": Payload(tmp_path / "made")}, tmp_path / "evil.pt")
    with pytest.raises(InputError, match=r"evil\.pt"):
        YoloDetector(tmp_path / "evil.pt", "cpu")
    assert not (tmp_path / "made").exists()


def test_missing_weights_are_one_sentence_and_exit_code_5(tmp_path: Path, sample_clip: SampleClip) -> None:
    pytest.importorskip("transformers", minversion="5.23")
    pose = ROOT / "tests" / "models" / "sapiens2_tiny_pose.safetensors"
    done = subprocess.run(
        [sys.executable, "-m", "gait.cli", "run", str(sample_clip("side_walk")[0]),
         "--model", str(pose), "--detector", "yolo"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1
    assert "gait models pull yolo26n" in done.stderr
