"""Open a video file, choose its video stream, and read what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from gait.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

NOT_VIDEO = frozenset({"tty", "bin", "xbin", "adf", "idf"})
"""Formats in which FFmpeg "plays" plain text and old terminal art."""
ASSUMED_FPS = 25.0
_FIRST_YEAR = 1980


@contextmanager
def opened(path: Path, threads: int = 0) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and choose its video stream; everything is closed at the end.

    Parameters
    ----------
    path : Path
    threads : int
        Decoding threads; 0 lets FFmpeg choose.

    Raises
    ------
    InputError
        The file is missing, is a directory, is not a video, or has no video in it.
    """
    import av

    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a video.", "Name a video file.")
    if not path.exists():
        raise InputError(f"{path}: no such file.", "Check the name and the folder.")
    try:
        # "file:" keeps a colon in a name from being read as a protocol; the whitelist keeps playlists off the network.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, **_any_text(av.__version__))
    except (av.error.FFmpegError, OSError) as error:
        raise _cannot_open(path, error) from error
    with container:
        if container.format.name in NOT_VIDEO:
            raise InputError(f"{path}: is not a video.", "Name a video file, such as MP4, MOV, AVI, MKV or WebM.")
        stream = _video_stream(path, container)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        yield container, stream


def _any_text(version: str) -> dict[str, str]:
    """Return the option that lets metadata be in any encoding; from version 19 on PyAV does so by itself."""
    return {"metadata_errors": "replace"} if int(version.split(".")[0]) < 19 else {}


def _cannot_open(path: Path, error: Exception) -> InputError:
    """Say why a file cannot be opened, as far as its first bytes tell."""
    if isinstance(error, PermissionError):
        return InputError(f"{path}: may not be read.", "Change the permissions of the file.")
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as unreadable:
        return InputError(f"{path}: cannot be read ({unreadable.strerror}).")
    if not head:
        return InputError(f"{path}: the file is empty.", "Record or copy it again.")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return InputError(f"{path}: the video is cut off, its index is missing.", "Copy it again from the camera.")
    return InputError(f"{path}: is not a video.", "Name a video file, such as MP4, MOV, AVI, MKV or WebM.")


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    from av.stream import Disposition

    # A picture on the sleeve of a song is a video stream too.
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise InputError(f"{path}: has no video in it, only sound or data.", "Name a video file.")
    streams = [s for s in streams if s.codec_context is not None]
    if not streams:
        raise InputError(f"{path}: its video is coded in an unknown way.", "Convert it to MP4 (H.264) first.")
    best = container.streams.best("video")
    return next((s for s in streams if s is best), streams[0])


def seek(container: InputContainer, stream: VideoStream, pts: int) -> bool:
    """Go to a key frame at or before a timestamp; return whether the container could."""
    import av

    try:
        container.seek(pts, stream=stream)
    except av.error.FFmpegError:
        return False
    return True


def frame_rate(stream: VideoStream) -> float:
    """Return the frame rate that the file states, or 25 where it states none (or nonsense)."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 0.1 <= rate <= 2000:
            return float(rate)
    return ASSUMED_FPS


def time_base(stream: VideoStream) -> Fraction:
    """Return the unit of the timestamps in seconds."""
    return stream.time_base or Fraction(1, 90_000)


def recorded_at(container: InputContainer, stream: VideoStream) -> str | None:
    """Return when the file says that it was recorded, as ISO 8601; None where it does not, or says nonsense.

    Phones of Apple write the time of the place under a key of their own; others the time in UTC.
    """
    for key in ("com.apple.quicktime.creationdate", "creation_time", "date"):
        for metadata in (container.metadata, stream.metadata):
            try:
                when = datetime.fromisoformat(metadata.get(key, ""))
            except ValueError:
                continue
            # A clock that was never set begins in 1904 or 1970.
            if when.year > _FIRST_YEAR and when.replace(tzinfo=None) < datetime.now() + timedelta(days=2):
                return when.isoformat(timespec="seconds")
    return None


def stated_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Return how long the file says its video is; None where only the sound could be meant."""
    if stream.duration:
        return float(stream.duration * time_base(stream))
    tag = stream.metadata.get("DURATION", "")
    if tag.count(":") == 2:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1e6
    return None
