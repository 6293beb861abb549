"""BlazePose finds the joints of a rendered walker whose true joints are known."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from needs import NO_HEAVY
from truth import sample_clip, true_keypoints

from gait.frames import FramesAtTimes
from gait.litert import is_ready
from gait.pose.blazepose.model import BlazePose
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import FloatArray, ImageArray, PoseSequence, SubjectTrack
from gait.video.reader import open_video

pytestmark = pytest.mark.skipif(
    not (is_ready("full") and is_ready("detector")), reason="BlazePose's weights are not here"
)

LEGS = [INDEX[f"{side}_{name}"] for side in SIDES for name in ("hip", "knee", "ankle", "heel", "big_toe")]


@pytest.fixture(scope="module")
def model() -> Iterator[BlazePose]:
    with BlazePose(threads=2) as opened:
        yield opened


def clip_of(name: str) -> FramesAtTimes:
    return open_video(sample_clip(name)[0])


def true_joints(name: str) -> tuple[FloatArray, FloatArray]:
    """The times (T,) and true joints (T, 23, 2) of a sample clip."""
    table = true_keypoints(name)
    xy = np.stack([table[[f"{k}_x", f"{k}_y"]].to_numpy(dtype=np.float64) for k in KEYPOINTS], axis=1)
    return table["time_s"].to_numpy(), xy


def track_on(name: str, rows: list[int] | range) -> SubjectTrack:
    """The box of the walker in some frames, as far as it is in the picture; out of view in the others."""
    time_s, xy = true_joints(name)
    info = clip_of(name).info
    low, high = xy.min(axis=1), xy.max(axis=1)
    margin = 0.06 * (high[:, 1:] - low[:, 1:])
    limits = np.array([info.width_px, info.height_px] * 2, dtype=np.float64)
    whole = np.clip(np.concatenate([low - margin, high + margin], axis=1), 0.0, limits)
    box = np.full((len(time_s), 4), np.nan)
    box[rows] = whole[rows]
    box[box[:, 2] - box[:, 0] < 0.15 * (box[:, 3] - box[:, 1]).clip(1)] = np.nan
    return SubjectTrack(
        time_s=np.array([frame.time_s for frame in open_video(sample_clip(name)[0]).frames()]),
        frame=np.arange(len(time_s)),
        box_px=box,
        score=np.isfinite(box[:, 0]).astype(float),
        background_xy_px=np.zeros((len(time_s), 2)),
        reason="",
        people=(),
        detector="truth",
    )


def errors(poses: PoseSequence, name: str, rows: list[int] | range) -> FloatArray:
    """Distances (rows, 10) in pixels of the points of the legs from the true ones."""
    _, xy = true_joints(name)
    return np.asarray(np.linalg.norm(poses.xy_px[rows][:, LEGS] - xy[rows][:, LEGS], axis=-1))


def test_the_joints_are_where_they_are(model: BlazePose) -> None:
    rows = range(60, 90)
    poses = model.estimate(clip_of("two_colours"), track_on("two_colours", rows))
    off = errors(poses, "two_colours", rows)
    assert np.median(off) < 6  # px; the walker is 385 px tall
    assert np.percentile(off, 95) < 20
    assert (poses.score[rows][:, LEGS] > 0.3).mean() > 0.95
    assert np.isnan(poses.xy_px[:60]).all()
    assert (poses.score[:60] == 0).all()


def test_it_knows_how_unsure_it_is(model: BlazePose) -> None:
    rows = range(40, 130)
    poses = model.estimate(clip_of("side_walk"), track_on("side_walk", rows))
    assert poses.sd_px is not None
    off, sd = errors(poses, "side_walk", rows).ravel() / np.sqrt(2), poses.sd_px[rows][:, LEGS].ravel()
    assert 0.9 < (off < 2 * sd).mean() < 1.0
    surest, least = sd <= np.quantile(sd, 0.5), sd >= np.quantile(sd, 0.9)
    assert np.sqrt((off[least] ** 2).mean()) > 2 * np.sqrt((off[surest] ** 2).mean())


def test_the_joints_do_not_depend_on_the_number_of_threads() -> None:
    # From outside the picture to its middle, with a gap.
    rows = [*range(5, 25), *range(30, 52)]
    found = []
    for threads in (1, 2, 3):
        with BlazePose(threads=threads) as opened:
            found.append(opened.estimate(clip_of("side_walk"), track_on("side_walk", rows)))
    for other in found[1:]:
        np.testing.assert_array_equal(other.xy_px, found[0].xy_px)
        np.testing.assert_array_equal(other.score, found[0].score)
        np.testing.assert_array_equal(other.sd_px, found[0].sd_px)
    assert np.isfinite(found[0].xy_px[40:52, LEGS]).all()


def test_after_a_gap_it_begins_anew(model: BlazePose) -> None:
    """What follows a gap is what would have been found without anything before the gap."""
    clip = clip_of("limp")
    after = model.estimate(clip, track_on("limp", range(80, 90)))
    both = model.estimate(clip, track_on("limp", [*range(60, 75), *range(80, 90)]))
    np.testing.assert_array_equal(both.xy_px[80:90], after.xy_px[80:90])
    assert np.isnan(both.xy_px[75:80]).all()


def test_a_single_frame_is_enough(model: BlazePose) -> None:
    poses = model.estimate(clip_of("phone"), track_on("phone", [100]))
    assert np.median(errors(poses, "phone", [100])) < 15
    assert np.isfinite(poses.xy_px[:, INDEX["nose"], 0]).sum() == 1


def test_nobody_in_view_gives_no_joints(model: BlazePose) -> None:
    poses = model.estimate(clip_of("limp"), track_on("limp", []))
    assert np.isnan(poses.xy_px).all()


def test_boxes_of_other_detectors_do_as_well(model: BlazePose) -> None:
    """Boxes that are too large, off to a side, or just the whole picture lead to the same joints."""
    rows = range(70, 90)
    clip, track = clip_of("two_colours"), track_on("two_colours", rows)
    height = track.box_px[70, 3] - track.box_px[70, 1]
    boxes = (
        track.box_px + 0.1 * height * np.array([-1, -1, 1, 1]),
        track.box_px + 0.08 * height * np.array([1, 1, 1, 1]),
        np.where(np.isfinite(track.box_px), np.array([0.0, 0.0, 1280.0, 720.0]), np.nan),
    )
    for box in boxes:
        poses = model.estimate(clip, replace(track, box_px=box))
        assert np.median(errors(poses, "two_colours", rows)) < 7


def test_a_walker_coming_in_is_seen_in_part_and_never_squeezed_into_the_picture(model: BlazePose) -> None:
    _, xy = true_joints("side_walk")
    rows = [i for i, whole in enumerate(sample_clip("side_walk")[1]["whole"]) if not whole]
    poses = model.estimate(clip_of("side_walk"), track_on("side_walk", rows))
    given = np.isfinite(poses.xy_px[rows]).all(axis=-1)
    off = np.linalg.norm(poses.xy_px[rows] - xy[rows], axis=-1)[given]
    assert given.any(axis=1).sum() >= 5
    assert (off > 40).mean() < 0.05


def test_it_does_not_jump_to_a_bystander(model: BlazePose) -> None:
    """One walks through behind another who is nearer and larger: while hidden, no joints rather than the other's."""
    name = "two_people"
    rows = [i for i, box in enumerate(sample_clip(name)[1]["box_px"]) if box is not None]
    poses = model.estimate(clip_of(name), track_on(name, rows))
    _, xy = true_joints(name)
    trunk = [INDEX[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip")]
    off = np.linalg.norm(poses.xy_px[:, trunk] - xy[:, trunk], axis=-1).mean(axis=1)
    known = np.isfinite(off)
    assert known.sum() > 0.7 * len(rows)
    assert (off[known] > 60).mean() < 0.03  # px; the walker's trunk is 110 px long


def test_a_failure_is_raised_and_all_threads_end(model: BlazePose) -> None:
    class Broken:
        info = clip_of("limp").info

        def frames_at(self, time_s: FloatArray, **_: object) -> Iterator[object]:
            yield from list(clip_of("limp").frames_at(time_s[:5]))
            raise OSError("the disk is gone")

    before = threading.active_count()
    with pytest.raises(OSError, match="the disk is gone"):
        model.estimate(Broken(), track_on("limp", range(60, 90)))  # type: ignore[arg-type]
    assert threading.active_count() == before

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.estimate(clip_of("limp"), track_on("limp", range(60, 90)), stop)
    assert threading.active_count() == before


def test_few_pictures_are_held_however_long_the_clip(model: BlazePose) -> None:
    """Every picture that is handed out is counted until it is let go."""
    import weakref

    alive: set[int] = set()
    most = 0

    class Counted:
        info = clip_of("limp").info

        def frames_at(self, time_s: FloatArray, **_: object) -> Iterator[object]:
            nonlocal most
            for number, frame in enumerate(clip_of("limp").frames_at(time_s)):
                image: ImageArray = frame.image.copy()
                alive.add(number)
                weakref.finalize(image, alive.discard, number)
                most = max(most, len(alive))
                yield SimpleNamespace(time_s=frame.time_s, image=image)
                del image, frame

    model.estimate(Counted(), track_on("limp", range(40, 120)))  # type: ignore[arg-type]
    assert 2 <= most <= 10


def picture_of(name: str, row: int) -> ImageArray:
    return next(itertools.islice(open_video(sample_clip(name)[0]).frames(), row, None)).image


def test_a_person_in_a_picture_is_found_without_any_memory(model: BlazePose) -> None:
    picture = picture_of("standing", 50)
    x1, y1, x2, y2 = sample_clip("standing")[1]["box_px"][50]
    crop = picture[:, max(int(x1) - 200, 0) : int(x2) + 200]
    seen = model.check_person(crop)
    assert seen is not None
    assert seen.score > 0.8
    assert seen.body_height_px == pytest.approx(0.87 * (y2 - y1), rel=0.1)
    assert model.check_person(picture_of("empty_room", 10)) is None
    assert model.check_person(crop) == seen


def test_one_look_at_a_box(model: BlazePose) -> None:
    picture = picture_of("two_colours", 80)
    found = model.look(picture, np.array(sample_clip("two_colours")[1]["box_px"][80]))
    assert found is not None
    assert found.presence > 0.9
    _, xy = true_joints("two_colours")
    assert np.median(np.linalg.norm(found.xy_px[LEGS] - xy[80, LEGS], axis=-1)) < 8
    assert model.look(picture_of("empty_room", 10), np.array([300.0, 200.0, 450.0, 600.0])) is None


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (16, 400), (400, 16)])
def test_tiny_pictures_show_nobody(model: BlazePose, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for picture in (np.zeros((*shape, 3), np.uint8), rng.integers(0, 255, (*shape, 3)).astype(np.uint8)):
        assert model.check_person(picture) is None
        model.look(picture, np.array([0.0, 0.0, shape[1], shape[0]]))


def test_it_says_what_it_is(model: BlazePose) -> None:
    said = model.provenance()
    assert said.name == "blazepose"
    assert len(said.weights_sha256) == 64
    assert "LiteRT" in said.detail


@pytest.mark.skipif(not is_ready("heavy"), reason=NO_HEAVY)
def test_the_heavy_network_finds_the_joints_too() -> None:
    rows = range(60, 70)
    with BlazePose(threads=2, network="heavy") as heavy:
        assert heavy.name == heavy.provenance().name == "blazepose-heavy"
        poses = heavy.estimate(clip_of("two_colours"), track_on("two_colours", rows))
    assert np.median(errors(poses, "two_colours", rows)) < 6


def test_nothing_of_mediapipe_is_imported() -> None:
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from gait.pose.blazepose.model import BlazePose\n"
        "with BlazePose(1) as model: model.check_person(np.zeros((64, 64, 3), np.uint8))\n"
        "print('mediapipe' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "False"
