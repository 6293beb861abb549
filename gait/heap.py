"""How this process asks for memory."""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8
"""Of malloc.h."""


def keep_one_heap() -> None:
    """Make all threads of this process share a heap, where the C library lets one say so (glibc).

    With a heap for each, every picture's buffers fall to another one: hundreds of megabytes more, the more the longer
    the video.
    """
    # Windows answers with a TypeError, macOS has no such function.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
