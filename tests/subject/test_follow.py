"""Who is followed, in drawn scenes and in a real one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from subject.walking_figures import HEIGHT, WIDTH, MemoryClip, draw_figure, figure_box, overlap, wall

from gait.config import PoseSettings, SubjectSettings
from gait.errors import UsageError
from gait.subject import follow_subject
from gait.types import ImageArray, PersonCheck, SubjectTrack
from gait.video import open_video

WALL = wall()
DEFAULT = SubjectSettings()


def walker_x(time_s: float) -> float:
    return 460 - 70 * time_s


def two_people(time_s: float) -> np.ndarray:
    """A smaller person walks to the left; a larger one stands at the left, in view all the time, and waves."""
    picture = WALL.copy()
    draw_figure(picture, 90, 150, 140, 2.2 * time_s, colour=(120, 40, 40))
    draw_figure(picture, walker_x(time_s), 262, 105, 0.9 * time_s)
    return picture


@pytest.fixture(scope="module")
def street() -> SubjectTrack:
    return follow_subject(MemoryClip(two_people, 5.0), DEFAULT, confirm=None)


def test_the_one_who_walks_is_followed_not_the_larger_one_who_stays(street: SubjectTrack) -> None:
    chosen = next(p for p in street.people if p.chosen)
    assert chosen.number == 1
    assert chosen.travel_body_heights == pytest.approx(70 * 5 / 105, rel=0.15)
    assert "from right to left" in street.reason
    assert any("Stays in place" in p.note for p in street.people if not p.chosen)


def test_the_box_holds_the_walker_in_every_frame(street: SubjectTrack) -> None:
    for time_s, box in zip(street.time_s, street.box_px, strict=True):
        assert overlap(box, np.clip(figure_box(walker_x(time_s), 262, 105), 0, WIDTH)) > 0.93


def test_a_still_camera_has_no_background_motion(street: SubjectTrack) -> None:
    assert (street.background_xy_px == 0).all()


def test_the_picture_shows_everyone(street: SubjectTrack) -> None:
    assert street.picture is not None
    assert street.picture.shape[1] <= 960
    assert street.picture.dtype == np.uint8


def test_a_person_can_be_chosen_by_number() -> None:
    track = follow_subject(MemoryClip(two_people, 5.0), SubjectSettings(subject=2), confirm=None)
    assert np.nanmean(track.box_px[:, 0]) < 100
    assert track.reason.startswith("Chosen by number.")
    assert [p.chosen for p in track.people][:2] == [False, True]


def test_a_person_can_be_chosen_by_a_box() -> None:
    track = follow_subject(MemoryClip(two_people, 5.0), SubjectSettings(box=(60, 10, 120, 150)), confirm=None)
    assert np.nanmean(track.box_px[:, 0]) < 100


def test_a_box_in_which_nothing_was_noticed_is_followed_for_itself() -> None:
    track = follow_subject(MemoryClip(lambda _: WALL, 2.0), SubjectSettings(box=(200, 80, 260, 200)), confirm=None)
    assert np.isfinite(track.box_px).all()
    assert overlap(track.box_px[-1], np.array([200, 80, 260, 200])) > 0.9


def test_a_number_that_nobody_has_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="1 to 2"):
        follow_subject(MemoryClip(two_people, 5.0), SubjectSettings(subject=9), confirm=None)


def test_an_empty_room_has_nobody() -> None:
    track = follow_subject(MemoryClip(lambda _: WALL, 3.0), DEFAULT, confirm=None)
    assert np.isnan(track.box_px).all()
    assert track.people == ()
    assert track.reason == "No person was found."
    assert (track.score == 0).all()


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_a_clip_of_a_few_frames_is_no_failure(n_frames: int) -> None:
    track = follow_subject(MemoryClip(two_people, n_frames / 30), DEFAULT, confirm=None)
    assert len(track.time_s) == n_frames


def test_a_panning_camera_that_keeps_the_walker_in_the_middle() -> None:
    street_wall = wall(1100, HEIGHT)

    def followed(time_s: float) -> np.ndarray:
        left = 80 * time_s
        picture = np.ascontiguousarray(street_wall[:, round(left) : round(left) + WIDTH])
        draw_figure(picture, 240, 250, 130, 0.9 * time_s)
        return picture

    track = follow_subject(MemoryClip(followed, 5.0), DEFAULT, confirm=None)
    assert track.background_xy_px[-1] == pytest.approx([-80 * track.time_s[-1], 0], abs=3)
    assert "from left to right" in track.reason
    for box in track.box_px:
        assert overlap(box, figure_box(240, 250, 130)) > 0.9


@pytest.mark.parametrize("fps", [10, 60])
def test_the_frame_rate_changes_nothing(fps: float) -> None:
    track = follow_subject(MemoryClip(two_people, 5.0, fps), DEFAULT, confirm=None)
    assert len(track.time_s) == 5 * fps
    for time_s, box in zip(track.time_s, track.box_px, strict=True):
        assert overlap(box, np.clip(figure_box(walker_x(time_s), 262, 105), 0, WIDTH)) > 0.9


def test_the_whole_picture_can_be_taken_for_the_person() -> None:
    track = follow_subject(MemoryClip(two_people, 1.0), SubjectSettings(detector="full-frame"), confirm=None)
    assert (track.box_px == [0, 0, WIDTH, HEIGHT]).all()
    assert track.reason == "The whole picture is taken for one person."


@pytest.fixture(scope="module")
def check_person() -> Iterator[Callable[[ImageArray], PersonCheck | None]]:
    pytest.importorskip("mediapipe")
    from gait.pose.model import open_model

    with open_model(PoseSettings(processes=1)) as model:
        yield model.check_person


@pytest.mark.parametrize("name", ["two_people", "phone"])
def test_the_subject_of_a_sample_clip_is_inside_the_crop_of_the_pose_model(
    name: str,
    check_person: Callable[[ImageArray], PersonCheck | None],
    sample_clip: Callable[[str], tuple[Path, dict[str, Any]]],
) -> None:
    """A larger person stands by; or the camera is carried alongside. The crop is the box and an eighth on each side."""
    video, known = sample_clip(name)
    track = follow_subject(open_video(video), DEFAULT, confirm=check_person)
    truth = np.array([[np.nan] * 4 if b is None else b for b in known["box_px"]], dtype=np.float64)
    whole = np.array(known["whole"], dtype=bool)
    # Walking out of the picture, the person is let go a little early, and the box sinks.
    whole &= track.time_s < track.time_s[np.flatnonzero(whole)[-1]] - 0.35
    assert whole.sum() > 100
    assert np.isfinite(track.box_px[whole]).all()
    for box, body in zip(track.box_px[whole], truth[whole], strict=True):
        assert overlap(box + 0.125 * (box[3] - box[1]) * np.array([-1, -1, 1, 1]), body) > 0.93


def test_the_patient_on_the_street_is_followed_with_a_look_by_the_pose_model(
    shared_dir: Path, check_person: Callable[[ImageArray], PersonCheck | None]
) -> None:
    """She walks from right to left; a man jumps on a ledge above her, turns a somersault down, and runs off."""
    clip = open_video(shared_dir / "videos" / "street_walk.mp4")
    track = follow_subject(clip, DEFAULT, confirm=check_person)
    in_view = np.isfinite(track.box_px[:, 0])
    assert in_view[(track.time_s > 1.7) & (track.time_s < 6.2)].all()
    assert not in_view[(track.time_s < 1.0) | (track.time_s > 7.0)].any()
    # Where her nose and ankles are, read off the pictures by eye.
    for time_s, nose, ankles in (
        (2.0, (1385, 585), (1405, 910)),
        (4.0, (803, 550), (842, 888)),
        (5.67, (299, 555), (310, 905)),
    ):
        x1, y1, x2, y2 = track.box_px[np.argmin(np.abs(track.time_s - time_s))]
        for x, y in (nose, ankles):
            assert x1 < x < x2
            assert y1 < y < y2
    assert "from right to left" in track.reason
    assert len(track.people) >= 2
