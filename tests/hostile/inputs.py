"""The families of hostile inputs: a number gives a case, the same one every time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.hostile import options, pictures, tables, videos
from tests.hostile.case import Case

Make = Callable[[np.random.Generator], Case]

KINDS: tuple[Make, ...] = (
    videos.mutated,
    videos.no_video,
    videos.retimed,
    videos.odd_size,
    options.odd_name,
    options.odd_option,
    options.odd_settings,
    tables.odd_parquet,
    tables.mutated_parquet,
    tables.odd_csv,
    tables.odd_trc,
    tables.odd_openpose,
    pictures.odd_picture,
)


def case_number(number: int) -> Case:
    """Return a case by its number; the families take turns."""
    return KINDS[number % len(KINDS)](np.random.default_rng([number, 13]))
