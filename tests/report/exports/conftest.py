"""Results of the true joints of the sample walks, each made once for all tests of exports."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from truth import sample_clip, true_background, true_keypoints

from gait.config import AnalysisSettings, ScaleSettings, SceneSettings
from gait.pipeline import analyze_keypoints

Analyzed = Callable[..., Path]


@pytest.fixture(scope="session")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    """From the name of a sample walk, and what is known of it, to the folder of its result."""
    place = tmp_path_factory.mktemp("exports")
    done: dict[tuple[Any, ...], Path] = {}

    def analyze(name: str, *, with_height: bool = False, background: bool = False, ground: Any = "auto") -> Path:
        asked = (name, with_height, background, ground)
        if asked not in done:
            _, known = sample_clip(name)
            table = place / f"{name}.csv"
            joints = true_keypoints(name)
            if background:
                joints["background_x"], joints["background_y"] = true_background(name).T
            joints.to_csv(table, index=False)
            height_m = known["body_height_m"] if with_height else None
            done[asked] = analyze_keypoints(
                table,
                out=place / str(len(done)),
                settings=AnalysisSettings(scale=ScaleSettings(height_m=height_m), scene=SceneSettings(ground=ground)),
                size_px=(known["width"], known["height"]),
            ).folder
        return done[asked]

    return analyze
