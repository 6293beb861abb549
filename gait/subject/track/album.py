"""A few pictures kept from the one pass over the video, for a second look at who is in them."""

from __future__ import annotations

import numpy as np

from gait.jpeg import decode, encode
from gait.subject.track.tracker import Track
from gait.types import FloatArray, ImageArray

EVERY_S, SLACK_S = 0.3, 0.05
"""Between two pictures kept, about a step; and by how much one may come early. Judgements: pictures to look at."""

MAX_SHOTS = 12
"""Pictures kept of one track; when there are more, every other is dropped."""

MAX_PICTURES = 200
"""In all; beyond it the briefest tracks lose theirs."""

QUALITY = 88


class Album:
    """Pictures by their time, compressed; memory does not grow with the length of the video.

    A picture is kept, and stays, as long as a track refers to it.
    """

    def __init__(self) -> None:
        self._pictures: dict[float, bytes] = {}
        self._offered: dict[float, ImageArray] = {}
        self._next_s = 0.0

    def offer(self, time_s: float, rgb: ImageArray) -> None:
        """Take a picture, (H, W, 3), if it is time for one; it must not be changed afterwards."""
        if time_s < self._next_s:
            return
        self._next_s = time_s + EVERY_S
        self._offered[time_s] = rgb

    def refer(self, time_s: float, live: list[Track], finished: list[Track]) -> None:
        """Let the live tracks refer to the picture of this time, if there is one; drop what nobody refers to."""
        rgb = self._offered.pop(time_s, None)
        if rgb is None:
            return
        for track in live:
            if track.end_s != time_s:
                continue
            if not track.shots or time_s - track.shots[-1] >= track.shot_every_s:
                track.shots.append(time_s)
            if len(track.shots) > MAX_SHOTS:
                track.shots = track.shots[::2]
                track.shot_every_s = 2 * max(track.shot_every_s, EVERY_S) - SLACK_S
        if any(time_s in track.shots for track in live):
            self._pictures[time_s] = encode(rgb, QUALITY)
        while len(self._pictures) > MAX_PICTURES and any(t.shots for t in finished):
            briefest = min((t for t in finished if t.shots), key=lambda t: t.end_s - t.start_s)
            briefest.shots = []
            self._drop(live + finished)
        self._drop(live + finished)

    def _drop(self, tracks: list[Track]) -> None:
        wanted = {t for track in tracks for t in track.shots}
        self._pictures = {t: p for t, p in self._pictures.items() if t in wanted}

    def picture(self, time_s: float) -> ImageArray:
        """Return a kept picture, RGB (H, W, 3)."""
        return decode(self._pictures[time_s])

    def __contains__(self, time_s: float) -> bool:
        return time_s in self._pictures


def crop(rgb: ImageArray, box: FloatArray, padding: float, max_height: int) -> tuple[ImageArray, FloatArray]:
    """Cut a box and some of its surroundings out of a picture, not larger than asked.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
    box : float64 (4,)
    padding : float
        Added on each side, as a share of the height of the box.
    max_height : int

    Returns
    -------
    crop : uint8 (h, w, 3)
    place : float64 (3,)
        left, top, and pixels of the picture per pixel of the crop.
    """
    import cv2

    pad = padding * (box[3] - box[1])
    height, width = rgb.shape[:2]
    x1, y1 = (int(max(v - pad, 0)) for v in box[:2])
    x2, y2 = int(min(box[2] + pad, width)), int(min(box[3] + pad, height))
    x2, y2 = max(x2, x1 + 2), max(y2, y1 + 2)
    cut = rgb[y1:y2, x1:x2]
    scale = max((y2 - y1) / max_height, 1.0)
    if scale > 1:
        size = (max(round((x2 - x1) / scale), 1), max(round((y2 - y1) / scale), 1))
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cut), np.array([x1, y1, scale])
