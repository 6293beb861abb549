"""The command line: parses, calls the pipeline, prints. No logic, and nothing heavy imported before it is needed."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gait.console import keep_one_heap, one_sentence, say, say_failure
from gait.errors import UsageError
from gait.models_command import models
from gait.still_command import still
from gait.version import __version__

if TYPE_CHECKING:
    from gait.pipeline import Outcome

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_NO_GAIT = 4
STAGE_LABELS = {
    "read": "Reading",
    "subject": "Finding the person",
    "pose": "Finding the joints",
    "segment": "Finding the outline",
    "analysis": "Measuring",
    "overlay": "Drawing the video",
    "report": "Writing the report",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gait")
def main() -> None:
    """Measure how a person walks from an ordinary video.

    Exit codes: 0 done; 2 wrong usage; 3 unreadable input; 4 no person or no gait found (the report says why); 5 a model
    is not available.
    """


def _common(command: Command) -> Command:
    """Add the options that every measuring command has."""
    options = [
        click.option(
            "-o",
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            default=Path("reports"),
            show_default=True,
            metavar="DIR",
            help="Where the report folders go.",
        ),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings in a YAML file."),
        click.option("--height-m", type=float, metavar="H", help="Body height in metres: for lengths and speed."),
        click.option("--scale", metavar="X1,Y1,X2,Y2,M", help="The same from two points (pixels), M metres apart."),
        click.option("--age", type=int, metavar="YEARS", help="Age: shows references beside the measures."),
        click.option("--sex", type=click.Choice(["female", "male"]), help="Sex: for the same references."),
        click.option("--fall-screen", is_flag=True, help="Add what is published on these measures and falls."),
        click.option("--label", metavar="TEXT", help="Whom the report is about, for its head."),
        click.option("--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("--debug", is_flag=True, help="Show where an error came from."),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


@main.command()
@click.argument("videos", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="VIDEO...")
@_common
@click.option(
    "--model",
    metavar="NAME",
    help="Pose model: auto, blazepose, blazepose-heavy, sapiens2-0.4b, -0.8b, -1b, -5b, or a path to weights.  "
    "[default: auto]",
)
@click.option(
    "--detector",
    metavar="NAME",
    help="Person detector: auto, blazepose, yolo, full-frame, or a path to YOLO weights.  [default: auto]",
)
@click.option("--subject", type=int, metavar="N", help="Follow person N, as numbered in the report.")
@click.option("--box", metavar="X1,Y1,X2,Y2", help="Follow the person in this box (pixels).")
@click.option("--fps", type=float, metavar="N", help="Use at most N frames per second.")
@click.option("--start", type=float, metavar="S", help="Begin S seconds into the video, as a player shows them.")
@click.option("--end", type=float, metavar="S", help="Stop S seconds into the video, as a player shows them.")
@click.option(
    "--capture-fps",
    type=float,
    metavar="N",
    help="Frames per second that the camera took, for slow motion where the file does not say.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where the model runs.")
@click.option("--flip-test", is_flag=True, help="Sapiens2 also looks at the mirrored picture: twice the time.")
@click.option("--all-keypoints", is_flag=True, help="Keep all 308 points of Sapiens2 in keypoints.parquet.")
@click.option("--segment", is_flag=True, help="Also find the outline of the body: a backup for the points of the feet.")
@click.option(
    "--segment-model",
    metavar="NAME",
    help="What finds it: sapiens2-seg-0.4b, -0.8b, -1b, -5b, or a path to weights.  [default: auto]",
)
@click.option("--no-overlay", is_flag=True, help="Do not write the annotated video.")
def run(
    videos: tuple[Path, ...],
    out: Path,
    config: Path | None,
    label: str | None,
    quiet: bool,
    debug: bool,
    model: str | None,
    detector: str | None,
    subject: int | None,
    box: str | None,
    fps: float | None,
    start: float | None,
    end: float | None,
    capture_fps: float | None,
    device: str | None,
    flip_test: bool,
    all_keypoints: bool,
    segment: bool,
    segment_model: str | None,
    no_overlay: bool,
    **person: Any,
) -> None:
    """Measure the gait in each VIDEO and write a report with an annotated video."""
    keep_one_heap()
    # Frames are worked on side by side already: OpenCV's own threads, where it has any, would only cost time.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    with one_sentence(debug):
        from gait.config import load_settings

        settings = load_settings(
            config,
            {
                "video.fps": fps,
                "video.start_s": start,
                "video.end_s": end,
                "video.capture_fps": capture_fps,
                "subject.detector": detector,
                "subject.subject": subject,
                "subject.box": None if box is None else _numbers("--box", box, 4),
                "pose.model": model,
                "pose.device": device,
                "pose.flip_test": flip_test or None,
                "pose.all_keypoints": all_keypoints or None,
                "pose.segment": segment or segment_model is not None or None,
                "pose.segment_model": segment_model,
                **_of_person(**person),
                "report.overlay": False if no_overlay else None,
            },
        )

    def measure(video: Path, observer: _Bars) -> Outcome:
        from gait.pipeline import run_video

        return run_video(video, out=out, settings=settings, subject_label=label, observer=observer)

    _each(videos, measure, quiet=quiet, debug=debug)


main.add_command(still)


@main.command()
@click.argument("keypoints", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="KEYPOINTS...")
@_common
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

    KEYPOINTS is a table (Parquet or CSV), a TRC file, or a folder of OpenPose JSON files.
    """
    with one_sentence(debug):
        from gait.config import load_settings

        chosen = load_settings(config, _of_person(**person))
        width_height = None
        if size is not None:
            width, height = _numbers("--size", size.lower().replace("x", ","), 2)
            width_height = (int(width), int(height))

    def measure(table: Path, observer: _Bars) -> Outcome:
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

    _each(keypoints, measure, quiet=quiet, debug=debug)


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT_FOLDER...")
@click.option(
    "--format",
    "formats",
    multiple=True,
    required=True,
    metavar="NAME",
    help="trc, mot, c3d or openpose; may be given several times.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the files go.  [default: exports in the folder of the result]",
)
@click.option("--debug", is_flag=True, help="Show where an error came from.")
def export(folders: tuple[Path, ...], formats: tuple[str, ...], out: Path | None, debug: bool) -> None:
    """Write results for other programs: TRC, MOT (OpenSim), C3D, or OpenPose JSON."""
    with one_sentence(debug):
        from gait.export import check_request, export_result

        check_request(folders, formats, out)
    code = 0
    for folder in folders:
        try:
            for done in export_result(folder, formats, out=out):
                click.echo(f"{done.path}: {done.note}")
        except Exception as error:
            if debug:
                raise
            code = code or say_failure(folder, error)
    sys.exit(code)


main.add_command(models)


def _of_person(
    *, height_m: float | None, scale: str | None, age: int | None, sex: str | None, fall_screen: bool
) -> dict[str, Any]:
    """Return the settings that belong to one person or walkway."""
    return {
        "analysis.scale.height_m": height_m,
        "analysis.scale.known_distance": None if scale is None else _numbers("--scale", scale, 5),
        "report.person.age": age,
        "report.person.sex": sex,
        "report.fall_screen": fall_screen or None,
    }


def _numbers(option: str, text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise UsageError(f"{option} {text}: expected {count} numbers.")
    return numbers


def _each(paths: tuple[Path, ...], measure: Callable[[Path, _Bars], Outcome], *, quiet: bool, debug: bool) -> None:
    """Measure one file after the other; a failure does not keep the rest from being done. Exits with the first code."""
    code = 0
    if quiet:
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    for path in paths:
        observer = _Bars(quiet=quiet)
        try:
            outcome = measure(path, observer)
        except Exception as error:
            if debug:
                raise
            code = code or say_failure(path, error)
            continue
        finally:
            observer.end()
        if outcome.refusal:
            click.echo(f"gait: {path}: {outcome.refusal} See {outcome.folder / 'report.html'}.", err=True)
            code = code or EXIT_NO_GAIT
        elif not quiet:
            click.echo(f"{path}: {_headline(outcome)}\n  {outcome.folder / 'report.html'}")
    sys.exit(code)


def _headline(outcome: Outcome) -> str:
    """Return the result in one line."""
    strikes = int((outcome.result.events["kind"] == "strike").sum())
    measures = outcome.result.measures
    row = measures[measures["measure"] == "cadence"].iloc[0]
    if row["status"] != "valid":
        return f"{strikes} foot strikes; cadence not measured: {row['reason']}"
    return (
        f"{strikes} foot strikes, cadence {row['value']:.1f} steps/min "
        f"(95 % interval {row['ci_low']:.1f} to {row['ci_high']:.1f})."
    )


class _Bars:
    """A progress bar on stderr for each long stage, with frames per second and the time left."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._enabled = not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._done = 0
        self._began = 0.0

    def begin(self, stage: str, frames: int | None) -> None:
        self._done, self._began = 0, time.monotonic()
        if self._enabled and frames:
            self._bar = click.progressbar(
                length=frames,
                label=f"{STAGE_LABELS.get(stage, stage):<20}",
                file=sys.stderr,
                item_show_func=lambda _: self._rate(),
                show_pos=True,
            )
            self._bar.__enter__()

    def note(self, sentence: str) -> None:
        if not self._quiet:
            say(sentence)

    def advance(self, frames: int) -> None:
        self._done += frames
        if self._bar is not None:
            self._bar.update(frames, current_item="")

    def end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def _rate(self) -> str:
        elapsed = time.monotonic() - self._began
        return f"{self._done / elapsed:.0f} frames/s" if elapsed > 0.2 else ""


if __name__ == "__main__":
    main()
