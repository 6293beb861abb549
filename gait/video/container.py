"""Open a video file, choose its video stream, and read what it says of itself."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from gait.errors import InputError
from gait.inputs import check_file

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vvc,av1,obu,ivf,vc1,mjpeg,flv,live_flv,asf,asf_o,ogg,mxf,gxf,"
    "dv,rm,nut,yuv4mpegpipe,wtv,gif,apng,h261,h263,dirac,nsv,mp3,aac,wav,flac,aiff,amr,caf,ac3"
)
"""What is opened, by FFmpeg's names: formats that hold their pictures (or sound, which is refused by its name).
Playlists, which open other files, are not among them; nor is plain text, which FFmpeg would "play"."""
OPTIONS = {
    "format_whitelist": FORMATS,
    # No network, and no other file: a reference in a file is not followed.
    "protocol_whitelist": "file",
    "enable_drefs": "0",
}
MOST_PIXELS = 8192 * 4608
"""Of a picture: more than 8K. What claims more asks for gigabytes."""
ONE_THREAD_PIXELS = 1280 * 720
"""Of a picture: up to this, one thread decodes several times faster than people are found."""
ASSUMED_FPS = 25.0
_FIRST_YEAR = 1980
_PLAYLIST = "is a list of other files (a playlist), not a video itself."
_PICTURE = "is a picture, not a video."
_VIDEO_FILE = "Name a video file, such as MP4, MOV, AVI, MKV or WebM."
_HEADS = (
    (rb"\xff\xd8\xff|\x89PNG|II\*\0|MM\0\*|BM.{4}\0{4}|RIFF.{4}WEBP", _PICTURE, "For photographs there is gait photo."),
    (rb"(\xef\xbb\xbf)?\s*(ffconcat|#EXTM3U|\[playlist\]|\[Reference\]|v=0\r?\n|<[?A-Za-z])", _PLAYLIST,
     "Name the video that it plays."),
    (rb".{4}(ftyp|moov|mdat|wide)", "the video is cut off, its index is missing.", "Copy it again from the camera."),
)  # fmt: skip
"""What the first bytes of a file that cannot be opened tell of it, and what to do."""


@contextmanager
def opened(path: Path, threads: int = 0) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and choose its video stream; everything is closed at the end.

    Parameters
    ----------
    path : Path
    threads : int
        Decoding threads; 0 takes one where the pictures are small, and lets FFmpeg choose where they are large.

    Raises
    ------
    InputError
        The file is missing, is a directory, is not a video, or has no video in it.
    """
    import av

    check_file(path, "a video")
    try:
        # "file:" keeps a colon in a name from being read as a protocol.
        container = av.open(f"file:{path}", options=OPTIONS, **_any_text(av.__version__))
    except (av.error.FFmpegError, OSError) as error:
        raise _cannot_open(path, error) from error
    with container:
        stream = _video_stream(path, container)
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MOST_PIXELS:
            raise InputError(
                f"{path}: its pictures of {width} x {height} pixels are larger than can be read.",
                "Convert it to 1920 x 1080 first.",
            )
        stream.thread_type = "AUTO"
        # What is decoded goes to work that keeps all processors busy: more threads than are needed cost a sixth more.
        stream.codec_context.thread_count = threads or int(width * height <= ONE_THREAD_PIXELS)
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
            head = file.read(1024)
    except OSError as unreadable:
        return InputError(f"{path}: cannot be read ({unreadable.strerror}).")
    for pattern, what, advice in _HEADS:
        if re.match(pattern, head, re.DOTALL):
            return InputError(f"{path}: {what}", advice)
    return InputError(f"{path}: is not a video.", _VIDEO_FILE)


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


def stamp(container: InputContainer, item: Packet[VideoStream] | VideoFrame) -> int | None:
    """Return the presentation timestamp of a packet or frame, or what stands for it; None where the file has none."""
    if is_in_order_of_storage(container) or item.pts is None:
        return item.dts
    return item.pts


def is_in_order_of_storage(container: InputContainer) -> bool:
    """Return whether frames are timed as they leave the decoder.

    AVI has no presentation timestamps. What FFmpeg puts in their place runs backwards where pictures are stored out of
    order (H.264 with B frames); the times at which frames leave the decoder do not, and are late by the same for all.
    """
    return container.format.name == "avi"


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
        with contextlib.suppress(ValueError):
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1e6
    return None
