"""Files that were damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np


def change_bytes(rng: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """Return a file that was damaged somehow, and how."""
    out = bytearray(data)
    # Most of what steers a reader stands at the start or the end.
    reach = rng.choice([64, 1024, len(out)])
    places = rng.integers(0, min(reach, len(out)), size=int(rng.integers(1, 30)))
    if rng.random() < 0.3:
        places = len(out) - 1 - places
    how = str(rng.choice(["bits", "bytes", "cut", "hole", "doubled", "swollen"]))
    at = int(places[0])
    if how == "bits":
        for place in places:
            out[place] ^= 1 << int(rng.integers(8))
    elif how == "bytes":
        for place in places:
            out[place] = int(rng.choice([0, 1, 127, 128, 255]))
    elif how == "cut":
        out = out[: max(1, at)]
    elif how == "hole":
        del out[at : at + int(rng.integers(1, 5000))]
    elif how == "doubled":
        out[at:at] = out[at : at + int(rng.integers(1, 5000))]
    else:
        out[at : at + 4] = int(rng.integers(0, 2**32)).to_bytes(4, str(rng.choice(["big", "little"])))  # type: ignore[arg-type]
    return f"{how} at {at}", bytes(out) or b"\0"


def writer(name: str, data: bytes) -> Callable[[Path], object]:
    """Return what writes a file of this name into a folder."""
    return lambda folder: (folder / name).write_bytes(data)
