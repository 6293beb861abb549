"""YOLO on the sample clips, with tiny weights that were trained on people drawn by the same renderer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gait.config import SubjectSettings
from gait.errors import InputError
from gait.subject import Detections, Sample, follow_subject
from gait.subject.boxes import area, expand, intersection
from gait.subject.camera import CameraPose
from gait.subject.detect import yolo
from gait.subject.detect.yolo import YoloDetector
from gait.subject.track.joining import join
from gait.subject.track.tracker import SURE
from gait.subject.track.watch import Seen, watch
from gait.types import FloatArray, ImageArray, SubjectTrack
from gait.video import open_video

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[3]
TINY = ROOT / "tests" / "models" / "tiny_yolo.pt"

SampleClip = Callable[[str], tuple[Path, dict[str, Any]]]


class Recorded:
    """A detector that remembers what it found."""

    def __init__(self) -> None:
        self._detector = YoloDetector(TINY, "cpu")
        self.name = self._detector.name
        self.pushed: list[int] = []
        self.found: list[Detections] = []

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        self._detector.announce(time_s, rgb)

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        self.pushed.append(sample.row)
        return self._keep(self._detector.push(sample, expected))

    def flush(self) -> Iterator[Detections]:
        return self._keep(self._detector.flush())

    def _keep(self, answers: Iterator[Detections]) -> Iterator[Detections]:
        for detections in answers:
            self.found.append(detections)
            yield detections


def look_at(video: Path) -> tuple[Recorded, Seen]:
    detector = Recorded()
    return detector, watch(open_video(video), detector, None)


@pytest.fixture(scope="module")
def side_walk(sample_clip: SampleClip) -> tuple[Recorded, Seen, list[Any]]:
    """All that was found, and the true box in each frame, small as the samples are; None where not all is in view."""
    video, known = sample_clip("side_walk")
    detector, seen = look_at(video)
    boxes = [
        np.array(box) / np.tile(seen.to_video, 2) if whole else None
        for box, whole in zip(known["box_px"], known["whole"], strict=True)
    ]
    return detector, seen, boxes


def nearest(found: Detections, body: FloatArray) -> tuple[float, float, float]:
    """How far the nearest find is from the middle of a body, in half its heights; how much larger; how sure."""
    half = (body[3] - body[1]) / 2
    off = np.linalg.norm(found.hips - (body[:2] + body[2:]) / 2, axis=1) / half
    if not len(off):
        return np.inf, np.nan, 0.0
    best = int(np.argmin(off))
    return float(off[best]), float(found.reach[best] / half), float(found.score[best])


def test_the_walker_is_found_in_nearly_every_view(side_walk: tuple[Recorded, Seen, list[Any]]) -> None:
    detector, _, truth = side_walk
    samples = [found for found in detector.found if truth[found.sample.row] is not None]
    assert len(samples) >= 30
    off, larger, _ = np.array([nearest(found, truth[found.sample.row]) for found in samples]).T
    here = off < 0.2
    assert here.mean() > 0.95
    assert np.median(off) < 0.1
    assert np.median(larger[here]) == pytest.approx(1, abs=0.1)
    assert np.mean(np.abs(larger[here] - 1) < 0.2) > 0.95


def test_the_walker_is_one_person_from_the_first_view_to_the_last(side_walk: tuple[Recorded, Seen, list[Any]]) -> None:
    detector, seen, truth = side_walk
    times = [found.sample.time_s for found in detector.found if truth[found.sample.row] is not None]
    longest = max(join(seen.tracks, seen.size), key=lambda person: len(person.track.time_s))
    assert np.mean(np.isin(times, longest.track.time_s)) > 0.9
    assert len(longest.stretches) == 1


def test_nobody_is_sure_in_an_empty_room(sample_clip: SampleClip) -> None:
    detector, seen = look_at(sample_clip("empty_room")[0])
    assert len(detector.found) > 10
    assert max(found.score.max(initial=0.0) for found in detector.found) < SURE
    assert seen.tracks == []


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
    # The pose model is given an eighth more on each side: a foot far ahead or behind is beyond the box.
    crops = [expand(box, 0.125) for box in track.box_px[rows]]
    held = [intersection(body, box) / area(body) for body, box in zip(bodies, crops, strict=True)]
    assert np.mean(np.array(held) > 0.9) > 0.95
    assert "from left to right" in track.reason


def test_the_one_who_stands_is_among_the_people_seen(passing: tuple[SubjectTrack, dict[str, Any]]) -> None:
    others = [person for person in passing[0].people if not person.chosen]
    assert any("Stays in place" in person.note for person in others)


def test_the_track_names_the_weights_and_the_device(passing: tuple[SubjectTrack, dict[str, Any]]) -> None:
    assert passing[0].detector.startswith("tiny_yolo (ultralytics 8.")
    assert "cpu" in passing[0].detector


def test_views_in_batches_are_answered_in_order_and_once(
    side_walk: tuple[Recorded, Seen, list[Any]], sample_clip: SampleClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yolo, "BATCH", {"cpu": 16})
    alone, (together, _) = side_walk[0], look_at(sample_clip("side_walk")[0])
    assert [found.sample.row for found in together.found] == together.pushed == alone.pushed
    for one, other in zip(alone.found, together.found, strict=True):
        sure = [found.score > 0.3 for found in (one, other)]
        assert np.allclose(one.hips[sure[0]], other.hips[sure[1]], atol=0.3)
        assert np.allclose(one.reach[sure[0]], other.reach[sure[1]], atol=0.3)


def test_colours_reach_the_network_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of pictures is read as blue, green, red."""
    detector = YoloDetector(TINY, "cpu")
    given: list[Any] = []

    class Model:
        def predict(self, pictures: list[Any], **_: object) -> list[Any]:
            given.extend(pictures)
            return []

    monkeypatch.setattr(detector, "_model", Model())
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[..., 0], rgb[:, 24:, 1] = 220, 90
    camera = CameraPose(matrix=np.eye(3), shift_px=np.zeros(2))
    # Nothing is answered: the model above found nothing, not even nobody.
    with pytest.raises(ValueError, match="shorter"):
        list(detector.push(Sample(row=0, time_s=0.0, rgb=rgb, camera=camera), np.empty((0, 3))))
    assert (given[0] == rgb[..., ::-1]).all()
    assert given[0].flags["C_CONTIGUOUS"]


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
from gait.subject.detect.registry import open_detector
from gait.subject.track.watch import watch
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
    pose = ROOT / "tests" / "models" / "sapiens2_tiny_pose.safetensors"
    done = subprocess.run(
        [sys.executable, "-m", "gait", "run", str(sample_clip("side_walk")[0]),
         "--model", str(pose), "--detector", "yolo"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1
    assert "gait models pull yolo26n" in done.stderr
