"""One video, step by step: the main job in the public API.

python pipelines/one_video.py sample_videos/side_walk.mp4 reports/side_walk
"""

import sys
from pathlib import Path

from gait.analysis.analyze import analyze
from gait.config import Settings
from gait.pose.registry import open_model
from gait.report.files import write_tables
from gait.report.overlay import OverlayPainter
from gait.report.page import write_page
from gait.subject.follow import follow_subject
from gait.video.reader import open_video
from gait.video.transcode import fitted_size, transcode


def main(video: Path, folder: Path) -> None:
    """Measure one video and write its report into a folder."""
    settings = Settings()
    clip = open_video(video)
    with open_model(settings.pose) as model:
        track = follow_subject(clip, settings.subject, confirm=model.check_person)
        poses = model.estimate(clip, track)
    result = analyze(poses, settings.analysis, track=track, provenance={"file": {"name": video.name}})

    folder.mkdir(parents=True, exist_ok=True)
    size = fitted_size(clip.info, 720)
    painter = OverlayPainter(result, size)
    video_path = folder / "overlay.mp4"
    transcode(clip, track.time_s, video_path, size=size, below_px=painter.strip_px, draw=painter.paint)
    write_tables(result, folder)
    write_page(result, folder / "report.html", overlay="overlay.mp4", still=painter.still)
    print(result.measures.to_string(index=False))


# Worker processes import this file again: only the first process runs the job.
if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
