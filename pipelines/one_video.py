"""One video: the main job, and its result in Python.

python pipelines/one_video.py sample_videos/side_walk.mp4 reports
"""

import sys

import gait


def main(video: str, out: str) -> None:
    """Measure one video, write its report into a folder in `out`, and print what was measured."""
    outcome = gait.run(video, out)
    print(outcome.folder / "report.html")
    if outcome.refusal:
        print(outcome.refusal)
        return
    measures = outcome.result.measures
    print(measures[measures["status"] == "valid"].to_string(index=False))

    # The joints are saved beside the report: no video and no model is needed to measure them in another way.
    for method in ("auto", "zeni", "oconnor"):
        events = gait.events(outcome.result.poses, method=method)
        print(f"{method}: {(events['kind'] == 'strike').sum()} foot strikes")


# Worker processes import this file again: only the first process runs the job.
if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
