"""Who is followed in drawn scenes, by a detector that knows where everybody is: what does not depend on pictures."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from subject.by_hand import One
from subject.walking_figures import HEIGHT, WIDTH, MemoryClip, draw_figure, figure_box, overlap, wall

from gait.config import SubjectSettings
from gait.errors import UsageError
from gait.subject import DETECTORS, Detections, Sample, follow_subject
from gait.subject.followed import _from_nearest_s
from gait.types import FloatArray, ImageArray, PersonCheck, SubjectTrack

WALL = wall()
OTHER_WALL = wall(seed=9)
KNOWN = SubjectSettings(detector="known")

Scene = Callable[[float], list[One]]


class Knowing:
    """Says what it is told; late, if it waits for several samples."""

    name = "known"

    def __init__(self, scene: Scene, batch: int = 1) -> None:
        self._scene, self._batch = scene, batch
        self._waiting: list[Sample] = []
        self.samples: list[Sample] = []

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        pass

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        assert expected.shape[1:] == (3,)
        self.samples.append(sample)
        self._waiting.append(sample)
        if len(self._waiting) >= self._batch:
            yield from self.flush()

    def flush(self) -> Iterator[Detections]:
        waiting, self._waiting = self._waiting, []
        for sample in waiting:
            people = np.array([one[:4] for one in self._scene(sample.time_s)]).reshape(-1, 4)
            yield Detections(sample=sample, hips=people[:, :2], reach=people[:, 2], score=people[:, 3])


Follow = Callable[..., SubjectTrack]


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Follow somebody in a scene that is drawn, and known to the detector."""

    def of(
        scene: Scene,
        seconds: float = 5.0,
        *,
        draw: Callable[[float], ImageArray] | None = None,
        fps: float = 30.0,
        batch: int = 1,
        settings: SubjectSettings = KNOWN,
        **more: object,
    ) -> SubjectTrack:
        monkeypatch.setitem(DETECTORS, "known", lambda _device: Knowing(scene, batch))
        return follow_subject(
            MemoryClip(draw or (lambda t: drawn(scene(t))), seconds, fps), settings, **({"confirm": None} | more)
        )

    return of


def drawn(people: list[One], background: ImageArray = WALL) -> ImageArray:
    """Each in clothes of their own, those farther back first."""
    picture = background.copy()
    for one in sorted(people, key=lambda one: one.y + one.reach):
        colour = (40, 60, 130) if one.reach < 60 else (150, 40, 40)
        draw_figure(picture, one.x, one.y + one.reach, 2 * one.reach, one.x / 60, colour=colour)
    return picture


def walker(t: float) -> One:
    """A smaller person, right to left."""
    return One(460 - 70 * t, 209.5, 52.5)


def two_people(t: float) -> list[One]:
    """A larger one stands at the left, in view all the time."""
    return [walker(t), One(90, 80, 70)]


def walker_box(t: float) -> FloatArray:
    return np.clip(figure_box(walker(t).x, 262, 105), 0, WIDTH)


def test_the_one_who_walks_is_followed_not_the_larger_one_who_stays(follow: Follow) -> None:
    track = follow(two_people)
    chosen = next(person for person in track.people if person.chosen)
    assert chosen.number == 1
    assert chosen.travel_body_heights == pytest.approx(70 * 5 / 105, rel=0.15)
    assert track.reason.startswith("Walks farthest: ")
    assert "from right to left" in track.reason
    assert any("Stays in place" in person.note for person in track.people if not person.chosen)
    assert track.detector == "known"
    assert (track.background_xy_px == 0).all(), "the camera stands still"


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_at_any_frame_rate_the_box_holds_the_walker_in_every_frame(follow: Follow, fps: float) -> None:
    track = follow(two_people, fps=fps)
    assert len(track.time_s) == 5 * fps
    for time_s, box in zip(track.time_s, track.box_px, strict=True):
        assert overlap(box, walker_box(time_s)) > 0.95
        assert box[3] - box[1] == pytest.approx(105, rel=0.1)


def test_a_detector_that_answers_late_makes_no_difference(follow: Follow) -> None:
    at_once, late = follow(two_people), follow(two_people, batch=16)
    assert np.allclose(at_once.box_px, late.box_px)
    assert at_once.reason == late.reason


def test_the_box_of_somebody_half_out_of_the_picture_still_holds_the_whole_person(follow: Follow) -> None:
    """Hips at the left edge: the box begins as far beyond it."""
    track = follow(lambda t: [One(240 - 48 * t, 150, 60)], 5.2)
    row = int(np.argmin(np.abs(track.time_s - 5.0)))
    x1, _, x2, _ = track.box_px[row]
    assert x1 < -20
    assert (x1 + x2) / 2 == pytest.approx(0, abs=3)


def test_somebody_is_out_of_view_once_most_of_the_box_is_beyond_the_edge(follow: Follow) -> None:
    """The detector stops finding the walker at the edge; the path goes on for half a second at most."""
    track = follow(lambda t: [One(460 - 110 * t, 150, 60)] if 110 * t < 455 else [], 6.0)
    in_view = np.isfinite(track.box_px[:, 0])
    assert in_view[track.time_s < 4.1].all()
    assert not in_view[track.time_s > 4.8].any()
    assert (track.score[~in_view] == 0).all()


def test_whoever_a_person_passes_behind_hides_that_person(follow: Follow) -> None:
    """He stands nearer: his feet are lower in the picture."""
    track = follow(lambda t: [One(60 + 70 * t, 150, 55), One(240, 160, 75)], 5.0)
    rows = {t: int(np.argmin(np.abs(track.time_s - t))) for t in (1.0, 2.57, 4.2)}
    assert track.reason.startswith("Walks farthest")
    assert [bool(np.isfinite(track.box_px[row]).all()) for row in rows.values()] == [True, False, True]
    ((start_s, end_s),) = track.hidden
    assert start_s < 2.57 < end_s
    inside = (track.time_s >= start_s) & (track.time_s <= end_s)
    assert (np.isnan(track.box_px).all(axis=1) == inside).all()


def test_who_passes_in_front_of_another_is_not_hidden(follow: Follow) -> None:
    track = follow(lambda t: [One(60 + 70 * t, 175, 75), One(240, 150, 55)], 5.0)
    assert "from left to right" in track.reason
    assert track.hidden == ()
    assert np.isfinite(track.box_px).all()


def test_the_score_is_that_of_the_person_and_sinks_where_nobody_is_found_for_a_while(follow: Follow) -> None:
    track = follow(lambda t: [] if 2.0 < t < 3.0 else [One(100 + 50 * t, 150, 60)], 5.0)
    known = (track.time_s < 1.9) | (track.time_s > 3.1)
    assert track.score[known] == pytest.approx(0.8, abs=0.01)
    assert track.score[np.argmin(np.abs(track.time_s - 2.5))] < 0.6
    assert np.isfinite(track.box_px).all()


@pytest.mark.parametrize("known", [[2.0], [1.0, 2.0, 4.0]])
def test_the_time_from_the_nearest_detection_is_right_at_both_ends_and_in_between(known: list[float]) -> None:
    times = np.array([0.0, 1.0, 1.4, 1.6, 2.9, 3.1, 7.0])
    apart = np.abs(times[:, None] - np.array(known)).min(axis=1)
    assert _from_nearest_s(times, np.array(known)) == pytest.approx(apart)


def test_half_an_hour_takes_no_more_memory_than_its_times() -> None:
    times, known = np.arange(0, 1800, 1 / 60), np.arange(0, 1800, 2 / 15)
    tracemalloc.start()
    _from_nearest_s(times, known)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * times.nbytes / 8


def test_the_picture_shows_everyone(follow: Follow) -> None:
    track = follow(two_people)
    assert track.picture is not None
    assert track.picture.shape[1] == WIDTH
    assert track.picture.dtype == np.uint8
    for person in track.people:
        assert 0 <= person.box_px[0] < person.box_px[2] <= WIDTH
        assert 0 <= person.picture_time_s < 5


def test_a_person_can_be_chosen_by_number(follow: Follow) -> None:
    track = follow(two_people, settings=SubjectSettings(detector="known", subject=2))
    assert np.nanmean(track.box_px[:, 0]) < 100
    assert track.reason.startswith("Chosen by number.")
    assert [person.chosen for person in track.people] == [False, True]


def test_a_number_that_nobody_has_is_refused_with_the_valid_ones(follow: Follow) -> None:
    with pytest.raises(UsageError, match="valid are 1 to 2"):
        follow(two_people, settings=SubjectSettings(detector="known", subject=9))


def test_a_person_can_be_chosen_by_a_box(follow: Follow) -> None:
    track = follow(two_people, settings=SubjectSettings(detector="known", box=(60, 10, 120, 150)))
    assert np.nanmean(track.box_px[:, 0]) < 100
    assert track.reason.startswith("Chosen by the given box.")


def test_a_box_in_which_nobody_was_found_is_followed_for_itself(follow: Follow) -> None:
    settings = SubjectSettings(detector="known", box=(200, 80, 260, 200))
    track = follow(lambda _: [], 2.0, draw=lambda _: WALL, settings=settings)
    assert np.isfinite(track.box_px).all()
    assert overlap(track.box_px[-1], np.array([200, 80, 260, 200])) > 0.75
    assert track.box_px[-1, [1, 3]] == pytest.approx([80, 200], abs=8)


@pytest.mark.parametrize(
    "box", [(2000, 2000, 2100, 2300), (-300, 10, -200, 200), (200, 80, 201, 81)], ids=["beyond", "before", "a point"]
)
def test_a_box_that_holds_nothing_is_no_failure(follow: Follow, box: tuple[float, float, float, float]) -> None:
    track = follow(lambda _: [], 1.0, draw=lambda _: WALL, settings=SubjectSettings(detector="known", box=box))
    assert np.isnan(track.box_px).all()
    assert track.reason == "No person was found."


def test_where_nobody_is_nobody_is_followed(follow: Follow) -> None:
    track = follow(lambda _: [], 3.0)
    assert np.isnan(track.box_px).all()
    assert track.people == ()
    assert track.reason == "No person was found."
    assert (track.score == 0).all()
    assert track.picture is None


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_a_clip_of_a_few_frames_is_no_failure(follow: Follow, n_frames: int) -> None:
    track = follow(two_people, n_frames / 30)
    assert len(track.time_s) == n_frames


def test_a_panning_camera_that_keeps_the_walker_in_the_middle(follow: Follow) -> None:
    street = wall(1100, HEIGHT)

    def picture(t: float) -> ImageArray:
        left = round(80 * t)
        return drawn([One(240, 185, 65)], np.ascontiguousarray(street[:, left : left + WIDTH]))

    track = follow(lambda _: [One(240, 185, 65)], draw=picture)
    assert track.background_xy_px[-1] == pytest.approx([-80 * track.time_s[-1], 0], abs=3)
    assert "from left to right" in track.reason
    for box in track.box_px:
        assert overlap(box, figure_box(240, 250, 130)) > 0.95


def test_whom_a_moving_camera_keeps_at_one_place_is_followed_not_the_passer_by(follow: Follow) -> None:
    """The camera goes straight ahead after somebody: the background grows, and she does not come nearer."""
    street = wall(1100, 620)

    def ahead(t: float) -> ImageArray:
        half = np.array([WIDTH, HEIGHT]) * (1 - 0.07 * t)
        x, y = (np.array([550, 310]) - half / 2).astype(int)
        part = np.ascontiguousarray(street[y : y + int(half[1]), x : x + int(half[0])])
        return np.asarray(cv2.resize(part, (WIDTH, HEIGHT)))

    def people(t: float) -> list[One]:
        passing = [One(20 + 110 * (t - 2.0), 150, 50)] if 2.0 < t < 6.0 else []
        return [One(230, 165, 65), *passing]

    track = follow(people, 8.0, draw=lambda t: drawn(people(t), ahead(t)))
    assert track.reason.startswith("The camera goes along with this person, in view 0.0–")
    assert np.nanmax(np.abs((track.box_px[:, 0] + track.box_px[:, 2]) / 2 - 230)) < 5


def test_before_a_camera_on_a_tripod_who_stands_in_the_middle_is_not_taken_for_followed(follow: Follow) -> None:
    standing = One(240, 165, 65)
    track = follow(lambda t: [standing, One(20 + 110 * (t - 2), 150, 50)] if t > 2 else [standing], 6.0)
    assert track.reason.startswith("Walks farthest")


def test_nor_is_one_who_stands_there_after_a_cut_to_another_scene(follow: Follow) -> None:
    """Somebody walks through one scene; in the next one, which is as still, somebody else stands."""

    def people(t: float) -> list[One]:
        return [One(20 + 100 * t, 150, 50)] if t < 4.0 else [One(240, 165, 65)]

    track = follow(people, 12.0, draw=lambda t: drawn(people(t), WALL if t < 4.0 else OTHER_WALL))
    assert track.reason.startswith("Walks farthest")
    assert np.isnan(track.box_px[track.time_s > 5.0]).all()
    assert np.isnan(track.background_xy_px[track.time_s > 5.0]).all(), "of the first scene nothing is to be seen"


@pytest.mark.parametrize("n_frames", [3, 30])
def test_the_whole_picture_can_be_taken_for_the_person(follow: Follow, n_frames: int) -> None:
    track = follow(two_people, n_frames / 30, settings=SubjectSettings(detector="full-frame"))
    assert (track.box_px == [0, 0, WIDTH, HEIGHT]).all()
    assert track.reason == "The whole picture is taken for one person."


def looks(answer: Callable[[ImageArray], PersonCheck | None]) -> tuple[list[tuple[int, ...]], Callable[..., object]]:
    asked: list[tuple[int, ...]] = []

    def confirm(rgb: ImageArray) -> PersonCheck | None:
        asked.append(rgb.shape)
        return answer(rgb)

    return asked, confirm


def body_in(rgb: ImageArray) -> PersonCheck:
    """A body that fills the crop but for its padding, a quarter of the height of the person on each side."""
    height, width = rgb.shape[:2]
    return PersonCheck(score=0.9, box_px=(0.3 * width, height / 6, 0.7 * width, height * 5 / 6), body_height_px=80.0)


def test_a_pose_model_is_asked_a_few_times_of_each_and_is_believed(follow: Follow) -> None:
    asked, confirm = looks(body_in)
    track = follow(lambda t: [One(240 - 30 * t, 140, 50), One(380, 140, 52)], confirm=confirm)
    assert 4 <= len(asked) <= 10
    assert all(max(shape) <= 400 for shape in asked)
    assert len(track.people) == 2
    assert all(person.confidence > 0.75 for person in track.people)


def test_what_a_pose_model_never_sees_a_body_in_is_not_followed_as_a_person(follow: Follow) -> None:
    asked, confirm = looks(lambda _: None)
    track = follow(two_people, confirm=confirm)
    assert asked
    assert track.reason.startswith("Nobody was recognised from head to foot; this may be a person")
    assert all(person.confidence < 0.5 for person in track.people)


def test_every_frame_is_told_of_as_progress(follow: Follow) -> None:
    told: list[int] = []
    follow(two_people, 2.0, progress=told.append)
    assert sum(told) == 60


def test_views_are_looked_at_seven_or_eight_times_a_second_at_any_frame_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    for fps in (10.0, 25.0, 30.0, 59.94):
        detector = Knowing(two_people)
        monkeypatch.setitem(DETECTORS, "known", lambda _device, d=detector: d)
        follow_subject(MemoryClip(lambda t: drawn(two_people(t)), 3.0, fps), KNOWN, confirm=None)
        between = np.diff([sample.time_s for sample in detector.samples])
        assert between.max() <= max(0.2, 1 / fps) + 1e-6
        assert between.min() > 0.09
