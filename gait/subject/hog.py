"""OpenCV's own people detector, as a second opinion where nothing moves."""

from __future__ import annotations

import numpy as np

from gait.subject.detector import View
from gait.types import FloatArray

PEOPLE_EVERY_S = 0.45


class PeopleDetector:
    """OpenCV's people detector (Dalal and Triggs 2005), now and then."""

    def __init__(self) -> None:
        import cv2

        # From OpenCV 5 on it is in the contrib wheel alone, and ultralytics installs the plain wheel over that one.
        self._hog = cv2.HOGDescriptor() if hasattr(cv2, "HOGDescriptor") else None
        if self._hog is not None:
            self._hog.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        self._next_s = 0.0

    def look(self, view: View) -> tuple[FloatArray, FloatArray]:
        """Return boxes (N, 4) and scores (N,); nothing if it looked a moment ago, or cannot look at all."""
        if self._hog is None or view.time_s < self._next_s:
            return np.empty((0, 4)), np.empty(0)
        self._next_s = view.time_s + PEOPLE_EVERY_S
        found, weights = self._hog.detectMultiScale(view.planes[0], winStride=(8, 8), scale=1.12, hitThreshold=0.2)
        if len(found) == 0:
            return np.empty((0, 4)), np.empty(0)
        x, y, w, h = np.asarray(found, dtype=np.float64).T
        # The detector's window has a margin around the person.
        boxes = np.stack([x + 0.18 * w, y + 0.1 * h, x + 0.82 * w, y + 0.92 * h], axis=1)
        return boxes, np.clip(np.asarray(weights, dtype=np.float64).ravel() / 2.0, 0.0, 1.0)
