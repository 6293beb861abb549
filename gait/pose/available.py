"""Which pose models and segmentation networks there are: installed, cached on this machine, or to be fetched."""

from __future__ import annotations

from pathlib import Path

from gait.pose import blazepose_weights
from gait.pose.model import sapiens2_is_installed
from gait.pose.weights import SEGMENTATION, SOURCES, cached
from gait.weights import Available, State


def available_models() -> list[Available]:
    """Return every such model and its state; nothing is loaded, and nobody is asked over the network."""
    models = blazepose_weights.available()
    for source in (SOURCES | SEGMENTATION).values():
        file = cached(source)
        state: State = "not installed"
        note = 'pip install "gait[sapiens2]"'
        if sapiens2_is_installed():
            state = "downloadable" if file is None else "cached"
            note = f"huggingface.co/{source.repo}" if file is None else str(file)
        models.append(Available(name=source.name, state=state, size_bytes=_size(file, source.size_bytes), note=note))
    return models


def _size(file: Path | None, published: int) -> int:
    return published if file is None else file.stat().st_size
