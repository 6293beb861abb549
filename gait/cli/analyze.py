"""The command `gait analyze`: saved joints in, reports out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gait.cli.bars import SHARES, Bars
from gait.cli.console import one_sentence
from gait.cli.grouped import MEASURING, Grouped
from gait.cli.measuring import measure_each, measuring_options, numbers, of_person
from gait.errors import UsageError

if TYPE_CHECKING:
    from gait.pipeline import Outcome

MOST_FPS, MOST_PX = 2000, 20_000


class _Analyze(Grouped):
    groups = MEASURING


@click.command(cls=_Analyze)
@click.argument("keypoints", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="KEYPOINTS...")
@measuring_options
@click.option("--size", metavar="WxH", help="Size of the picture, where the file does not say (CSV, OpenPose).")
@click.option("--fps", type=float, metavar="N", help="Frames per second, where the files have no times (OpenPose).")
def analyze(
    keypoints: tuple[Path, ...],
    out: Path,
    config: Path | None,
    label: str | None,
    quiet: bool,
    debug: bool,
    size: str | None,
    fps: float | None,
    **person: Any,
) -> None:
    """Measure gait from saved joints: the same report, without the video.

    KEYPOINTS is a result folder, a table (Parquet or CSV), a TRC file, or a folder of OpenPose JSON files.
    """
    with one_sentence(debug):
        from gait.config import load_settings

        chosen = load_settings(config, of_person(**person))
        width_height = None if size is None else _size(size)
        if fps is not None and not 1 <= fps <= MOST_FPS:
            raise UsageError(f"--fps {fps:g}: expected the frames per second of the video, from 1 to {MOST_FPS}.")

    def measure(table: Path, observer: Bars) -> Outcome:
        from gait.pipeline import analyze_keypoints

        return analyze_keypoints(
            table,
            out=out,
            settings=chosen.analysis,
            report=chosen.report,
            size_px=width_height,
            fps=fps,
            subject_label=label,
            observer=observer,
        )

    shares = {stage: SHARES[stage] for stage in ("read", "analysis", "report")}
    measure_each(keypoints, measure, quiet=quiet, debug=debug, shares=shares)


def _size(text: str) -> tuple[int, int]:
    width, height = numbers("--size", text.lower().replace("x", ","), 2)
    if not (1 <= width <= MOST_PX and 1 <= height <= MOST_PX):
        raise UsageError(f"--size {text}: expected the width and height of the picture in pixels, such as 1920x1080.")
    return int(width), int(height)
