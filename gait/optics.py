"""What is assumed of a camera of which nothing is known."""

from __future__ import annotations

FOCAL_WIDTHS = 0.85
"""Focal length of a usual phone or camera in video mode, over the longer side of the picture; 0.65 to 1.1 occur."""
