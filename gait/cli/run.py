"""The command `gait run`: videos in, reports out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gait.cli.bars import SHARES, Bars
from gait.cli.console import one_sentence
from gait.cli.grouped import MEASURING, Grouped
from gait.cli.measuring import measure_each, measuring_options, numbers, of_person
from gait.errors import InputError
from gait.heap import keep_one_heap

if TYPE_CHECKING:
    from gait.pipeline import Outcome


class _Run(Grouped):
    groups = MEASURING


@click.command(
    cls=_Run,
    epilog="""\b
Examples:
  gait run walk.mp4
  gait run walk.mp4 --height-m 1.74 --subject-id P17 --session 2 --aid cane
  gait run clinic/*.mp4 -o results --blur-face""",
)
@click.argument("videos", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="VIDEO...")
@measuring_options
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
@click.option(
    "--no-layers",
    is_flag=True,
    help="Do not write the video a second time without what is drawn in: the page cannot switch that off then.",
)
@click.option("--embed-video", is_flag=True, help="Put the video into the page: one file to pass on.")
@click.option("--no-video", is_flag=True, help="Numbers and curves only: no video and no picture of the person.")
@click.option(
    "--blur-face",
    is_flag=True,
    help="Cover the head of the person who is followed in everything that is written; other people stay visible.",
)
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
    no_layers: bool,
    embed_video: bool,
    no_video: bool,
    blur_face: bool,
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
                "subject.box": None if box is None else numbers("--box", box, 4),
                "pose.model": model,
                "pose.device": device,
                "pose.flip_test": flip_test or None,
                "pose.all_keypoints": all_keypoints or None,
                "pose.segment": segment or segment_model is not None or None,
                "pose.segment_model": segment_model,
                **of_person(**person),
                "report.overlay": False if no_overlay else None,
                "report.layers": False if no_layers else None,
                "report.embed_video": embed_video or None,
                "report.pictures": False if no_video else None,
                "report.blur_face": blur_face or None,
            },
        )

    def measure(video: Path, observer: Bars) -> Outcome:
        if video.is_dir():
            raise InputError(f"{video}: is a folder, not a video.", f"gait batch {video} measures all videos in it.")
        from gait.pipeline import run_video

        return run_video(video, out=out, settings=settings, subject_label=label, observer=observer)

    left_out = {"segment"} if not settings.pose.segment else set()
    if not settings.report.with_video:
        left_out.add("overlay")
    shares = {stage: share for stage, share in SHARES.items() if stage not in left_out}
    measure_each(videos, measure, quiet=quiet, debug=debug, shares=shares)
