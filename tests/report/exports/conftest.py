"""Results of the true joints of the sample walks, each made once for all tests of exports."""

from collections.abc import Callable
from pathlib import Path

import pytest
from truth import sample_clip, true_keypoints

from gait.config import AnalysisSettings, ScaleSettings
from gait.pipeline import analyze_keypoints

Analyzed = Callable[..., Path]


@pytest.fixture(scope="session")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    """From the name of a sample walk (and whether the body height is known) to the folder of its result."""
    place = tmp_path_factory.mktemp("exports")
    done: dict[tuple[str, bool], Path] = {}

    def analyze(name: str, *, with_height: bool = False) -> Path:
        if (name, with_height) not in done:
            _, known = sample_clip(name)
            table = place / f"{name}.csv"
            true_keypoints(name).to_csv(table, index=False)
            height_m = known["body_height_m"] if with_height else None
            done[name, with_height] = analyze_keypoints(
                table,
                out=place / ("metres" if with_height else "pixels"),
                settings=AnalysisSettings(scale=ScaleSettings(height_m=height_m)),
                size_px=(known["width"], known["height"]),
            ).folder
        return done[name, with_height]

    return analyze
