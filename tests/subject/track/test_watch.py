"""The one pass over the video: what a detector is shown, and what is left behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from subject.by_hand import One
from subject.walking_figures import MemoryClip, MemoryFrame, wall

from gait.subject import Detections, Sample
from gait.subject.track.watch import watch
from gait.types import FloatArray, ImageArray


class Scripted:
    """Finds one person who walks to the right, a reach a second, and remembers what it was shown."""

    name = "scripted"

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.expected: list[FloatArray] = []
        self.announced: list[tuple[float, ImageArray]] = []

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        self.announced.append((time_s, rgb))

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        self.samples.append(sample)
        self.expected.append(expected)
        one = np.array([One(60 + 60 * sample.time_s)[:4]])
        yield Detections(sample=sample, hips=one[:, :2], reach=one[:, 2], score=one[:, 3])

    def flush(self) -> Iterator[Detections]:
        return iter(())


@pytest.mark.parametrize(
    ("video", "shown"),
    [
        ((1920, 1080), (960, 544)),
        ((1080, 1920), (544, 960)),
        ((320, 240), (320, 240)),
        ((100, 60), (100, 60)),
        ((16, 16), (16, 16)),
        ((1280, 20), (960, 32)),
    ],
)
def test_pictures_are_shown_at_960_pixels_at_most_and_about_in_their_shape(
    video: tuple[int, int], shown: tuple[int, int]
) -> None:
    detector = Scripted()
    still = np.full((video[1], video[0], 3), 128, np.uint8)
    seen = watch(MemoryClip(lambda _: still, 0.2), detector, None)
    assert seen.size == detector.samples[0].size == shown
    assert seen.to_video * shown == pytest.approx(video)


def test_colours_are_shown_as_they_were() -> None:
    colours = np.array([[220, 40, 30], [30, 200, 60], [40, 60, 210], [128, 128, 128]], dtype=np.uint8)
    picture = np.repeat(np.repeat(colours[None], 64, axis=0), 16, axis=1)
    detector = Scripted()
    watch(MemoryClip(lambda _: picture, 0.2), detector, None)
    assert np.abs(detector.samples[0].rgb[32, 8::16].astype(int) - colours).max() <= 4


def test_a_detector_is_told_where_somebody_who_walks_is_expected() -> None:
    detector = Scripted()
    watch(MemoryClip(lambda _: wall(), 3.0), detector, None)
    assert detector.expected[0].shape == (0, 3)
    for sample, expected in list(zip(detector.samples, detector.expected, strict=True))[8:]:
        assert expected == pytest.approx(np.array([[60 + 60 * sample.time_s, 150, 60]]), abs=3)


def test_a_detector_is_told_of_every_picture_before_it_is_asked_about_it() -> None:
    late: list[bool] = []

    class Waiting(Scripted):
        def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
            late.append(not any(time_s == sample.time_s and rgb is sample.rgb for time_s, rgb in self.announced))
            return super().push(sample, expected)

    detector = Waiting()
    watch(MemoryClip(lambda _: wall(), 2.0), detector, None)
    assert [time_s for time_s, _ in detector.announced] == [sample.time_s for sample in detector.samples]
    assert late == [False] * 15


def test_every_frame_has_a_time_a_number_and_a_place_of_the_background() -> None:
    clip = MemoryClip(lambda _: wall(), 2.0)
    seen = watch(clip, Scripted(), None)
    assert (seen.time_s == clip.time_s).all()
    assert seen.frame.tolist() == list(range(60))
    assert seen.shift.shape == (60, 2)
    assert (seen.shift == 0).all()
    assert seen.known.all()
    assert (seen.scene == 0).all()
    assert seen.shift_at(1.0).tolist() == [0, 0]
    (track,) = seen.tracks
    assert len(track.time_s) == 15
    assert all(t in seen.album for t in track.shots)


def test_a_clip_without_frames_is_no_failure() -> None:
    clip = MemoryClip(lambda _: wall(), 0.2)
    clip.time_s = clip.time_s[:0]
    seen = watch(clip, Scripted(), None)
    assert seen.shift.shape == (0, 2)
    assert seen.tracks == []


def test_a_detector_that_fails_ends_the_pass_and_the_clip_is_closed() -> None:
    closed = []

    class Closing(MemoryClip):
        def frames(self, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24") -> Iterator[MemoryFrame]:
            try:
                yield from super().frames(size=size, pixel_format=pixel_format)
            finally:
                closed.append(True)

    class Failing(Scripted):
        def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
            if sample.time_s > 0.5:
                raise RuntimeError("out of memory")
            return super().push(sample, expected)

    def drawn(_: float) -> ImageArray:
        return wall()

    with pytest.raises(RuntimeError, match="out of memory"):
        watch(Closing(drawn, 30.0), Failing(), None)
    assert closed == [True]
