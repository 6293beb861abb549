"""Decode the sound frames of an open video in presentation order, each with its timestamp."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from gait.text import say_many
from gait.video.container import frame_rate, is_in_order_of_storage, stamp, stated_duration_s, time_base

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MAX_HELD = 1000
"""Packets kept back while looking for the key frame to start from."""


@dataclass(kw_only=True)
class ReadReport:
    """What a pass over the video found wrong; filled while the frames are read.

    Attributes
    ----------
    damaged_s : list of (start, end)
        Parts left out because the file is damaged there; end is None when it never recovers.
    n_out_of_order : int
        Frames left out because their timestamp does not come after the one before.
    assumed_fps : float or None
        Frame rate assumed because the file has no timestamps.
    """

    damaged_s: list[tuple[float, float | None]] = field(default_factory=list)
    n_out_of_order: int = 0
    assumed_fps: float | None = None

    def clear(self) -> None:
        """Forget everything."""
        self.damaged_s.clear()
        self.n_out_of_order = 0
        self.assumed_fps = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything the reader must know, in plain sentences; empty for a sound file."""
        notes = []
        for start, end in self.damaged_s:
            if end is None:
                notes.append(f"The file is damaged after {start:.1f} s; only the part before it was used.")
            elif end - start < 0.1:
                notes.append(f"The file is damaged at {start:.1f} s; what cannot be read there was left out.")
            else:
                notes.append(f"The file is damaged between {start:.1f} s and {end:.1f} s; that part was left out.")
        if self.n_out_of_order:
            notes.append(
                say_many(
                    "%(n)s frame was left out because its timestamp repeats or runs backwards.",
                    "%(n)s frames were left out because their timestamps repeat or run backwards.",
                    self.n_out_of_order,
                )
            )
        if self.assumed_fps is not None:
            notes.append(f"The file has no timestamps; {self.assumed_fps:g} frames per second were assumed.")
        return tuple(notes)


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A decoded frame, not yet converted.

    Attributes
    ----------
    frame : av.VideoFrame
    pts : int
        Presentation timestamp in the time base of the stream.
    index : int
        Number of the frame in the file, or in what was read since a seek.
    """

    frame: VideoFrame
    pts: int
    index: int


def decode(
    container: InputContainer,
    stream: VideoStream,
    report: ReadReport,
    origin_pts: int | None = None,
    *,
    start_pts: int | None = None,
    only_sound: bool = True,
    real_base: Fraction | None = None,
    within: tuple[int, int] | None = None,
) -> Iterator[Decoded]:
    """Decode from where the container stands, and leave out what is damaged.

    After damage, frames are left out up to the next sound key frame: those between are built from the broken one.

    Parameters
    ----------
    container, stream
        As `opened` gives them.
    report : ReadReport
        Is told of damage and of frames without, or out of, time.
    origin_pts : int, optional
        The timestamp that counts as zero; that of the first sound frame when absent.
    start_pts : int, optional
        Frames before this one are not wanted: those that no later one is built from are not decoded.
    only_sound : bool
        False gives the frames of damaged parts too, for a pass that already knows which ones it wants.
    real_base : Fraction, optional
        Unit of the timestamps in the seconds of the report; the stream's own when absent.
    within : (int, int), optional
        First and last timestamp of the stretch that is used: a frame with another one, wherever it is stored, is left
        out without a word.

    Yields
    ------
    Decoded
        With strictly increasing `pts`.
    """
    base = time_base(stream)
    period = max(1, round(1 / (frame_rate(stream) * base)))
    stored = _Stored()
    shown_pts: int | None = None
    index = -1
    late: int | None = 0
    if is_in_order_of_storage(container):
        # Which key frame comes before a moment is not known, nor how many frames the decoder holds back.
        late = start_pts = None
    real_base = real_base or base

    def sound_until_s() -> float:
        return 0.0 if shown_pts is None or origin_pts is None else float((shown_pts + period - origin_pts) * real_base)

    for n_given, frame in enumerate(_raw_frames(container, stream, stored, start_pts)):
        pts = stamp(container, frame)
        if stored.is_timeless:
            report.assumed_fps = frame_rate(stream)
        if pts is None:
            # Also of the last frames, in order of storage: they leave the decoder after the last packet.
            pts = 0 if stored.given_pts is None else stored.given_pts + period
        n_before = n_given if stored.is_timeless else stored.n_before(pts)
        late = n_before if late is None else late
        if within is not None and not within[0] <= pts <= within[1]:
            continue
        stored.given_pts = pts
        was_broken = stored.is_broken
        if only_sound and stored.spoils(frame, pts):
            continue
        if shown_pts is not None and pts <= shown_pts:
            report.n_out_of_order += 1
            continue
        if origin_pts is None:
            origin_pts = pts
        if was_broken and not stored.is_broken:
            report.damaged_s.append((sound_until_s(), float((pts - origin_pts) * real_base)))
        shown_pts = pts
        index = max(n_before - late, index + 1)
        yield Decoded(frame=frame, pts=pts, index=index)
    too_short = shown_pts is not None and within is None and _ends_early(container, stream, shown_pts + period)
    if stored.is_broken or stored.cut_off or too_short:
        report.damaged_s.append((sound_until_s(), None))


@dataclass
class _Stored:
    """What is known of the stored packets that the frames come from.

    Attributes
    ----------
    broken_from_pts : int or None
        Frames from here on are damaged, or built from damaged ones.
    resume_after_pts : int or None
        The next key frame after this one is sound again.
    cut_off : bool
        The end of the file is missing.
    given_pts : int or None
        Timestamp of the last frame that the decoder gave.
    """

    broken_from_pts: int | None = None
    resume_after_pts: int | None = None
    cut_off: bool = False
    given_pts: int | None = None
    _waiting_pts: list[int] = field(default_factory=list)
    _last_pts: int | None = None
    _n_passed: int = 0

    @property
    def is_broken(self) -> bool:
        return self.broken_from_pts is not None

    @property
    def is_timeless(self) -> bool:
        return self._last_pts is None

    def add(self, pts: int) -> None:
        """Take note of a packet, in the order of storage."""
        heapq.heappush(self._waiting_pts, pts)
        self._last_pts = pts if self._last_pts is None else max(self._last_pts, pts)

    def n_before(self, pts: int) -> int:
        """Return how many stored frames are shown before `pts`, those that could not be decoded included."""
        while self._waiting_pts and self._waiting_pts[0] < pts:
            heapq.heappop(self._waiting_pts)
            self._n_passed += 1
        return self._n_passed

    def breaks_at(self, pts: int) -> None:
        """Take note of damage at this frame."""
        self.broken_from_pts = pts if self.broken_from_pts is None else min(self.broken_from_pts, pts)

    def breaks_soon(self) -> None:
        """Take note of an undecodable packet: with threads, it may be any of those that have not become frames yet."""
        self.breaks_at(-(2**62) if self.given_pts is None else self.given_pts + 1)
        self.resume_after_pts = self._last_pts

    def spoils(self, frame: VideoFrame, pts: int) -> bool:
        """Return whether this frame must be left out."""
        if frame.is_corrupt:
            self.breaks_at(pts)
        if self.broken_from_pts is None or pts < self.broken_from_pts:
            return False
        resumes = self.resume_after_pts is None or pts > self.resume_after_pts
        if frame.key_frame and not frame.is_corrupt and resumes:
            self.broken_from_pts = self.resume_after_pts = None
            return False
        return True


def _raw_frames(
    container: InputContainer, stream: VideoStream, stored: _Stored, start_pts: int | None
) -> Iterator[VideoFrame]:
    """Yield whatever the decoder gives, and take note of the packets that it could not use."""
    import av

    for packet in _packets(container, stream, stored, start_pts):
        pts = None if packet is None else stamp(container, packet)
        if packet is not None and pts is not None:
            if packet.is_corrupt:
                stored.breaks_at(pts)
                continue
            if stored.is_broken and not packet.is_keyframe:
                # A picture that is shown before the broken one may still be built from it.
                stored.breaks_at(pts)
        try:
            yield from stream.codec_context.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            stored.breaks_soon()


def _packets(
    container: InputContainer, stream: VideoStream, stored: _Stored, start_pts: int | None
) -> Iterator[Packet[VideoStream] | None]:
    """Yield the packets from the last key frame at or before `start_pts`, take note of all, and end with None."""
    import av

    held: list[Packet[VideoStream]] = []
    skipping = start_pts is not None
    try:
        for packet in container.demux(stream):
            pts = stamp(container, packet)
            if pts is not None and not packet.is_discard:
                stored.add(pts)
            if start_pts is not None and skipping:
                skipping = pts is not None and pts < start_pts and len(held) < _MAX_HELD
                if packet.is_keyframe and pts is not None and pts <= start_pts:
                    held.clear()
                held.append(packet)
                if skipping:
                    continue
                yield from held
                held.clear()
            else:
                yield packet
    except av.error.FFmpegError:
        # The container is broken here; what the decoder still holds is good.
        stored.cut_off = True
    yield from held
    yield None


def _ends_early(container: InputContainer, stream: VideoStream, end_pts: int) -> bool:
    """Return whether the file promises clearly more than it holds."""
    stated_s = stated_duration_s(container, stream)
    if stated_s is None:
        return False
    start_pts = stream.start_time or 0
    held_s = float((end_pts - start_pts) * time_base(stream))
    return held_s < stated_s - max(0.5, 0.02 * stated_s)
