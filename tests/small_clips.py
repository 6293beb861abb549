"""Short recordings that are cheap to measure with the real pipeline: samples cut and made smaller, no two alike."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import av
from av.video.frame import PictureType

SAMPLES = Path(__file__).parents[1] / "sample_videos"

CHEAP: dict[str, Any] = {
    "video": {"fps": 30, "end_s": 2.5},
    "subject": {"detector": "full-frame"},
    "report": {"overlay": False},
}
"""No search for people, and no annotated video: all the rest is as always."""


def make_clips(folder: Path, n: int, sample: str = "side_walk", seconds: float = 2.5) -> list[Path]:
    """Write so many clips of a sample, each compressed in another way."""
    folder.mkdir(parents=True, exist_ok=True)
    with av.open(str(SAMPLES / f"{sample}.mp4")) as source:
        stream = source.streams.video[0]
        rate, time_base = stream.average_rate, stream.time_base
        assert rate is not None and time_base is not None
        frames = [
            frame.reformat(width=480, height=round(480 * frame.height / frame.width / 2) * 2, format="yuv420p")
            for frame in itertools.takewhile(lambda frame: frame.time < seconds, source.decode(stream))
        ]
    clips = [folder / f"clip_{i:02d}.mp4" for i in range(n)]
    for i, clip in enumerate(clips):
        with av.open(str(clip), "w") as container:
            container.metadata["title"] = str(i)
            options = {"preset": "ultrafast", "crf": str(15 + i % 20)}
            out = container.add_stream("libx264", rate=rate, options=options)
            out.width, out.height, out.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
            out.time_base = out.codec_context.time_base = time_base
            for frame in frames:
                frame.pict_type = PictureType.NONE
                container.mux(out.encode(frame))
            container.mux(out.encode())
    return clips


def write_config(path: Path, **changes: dict[str, Any]) -> Path:
    """Write the cheap settings, with some sections changed, to a file (JSON is YAML)."""
    tree = {name: {**CHEAP.get(name, {}), **changes.get(name, {})} for name in {*CHEAP, *changes}}
    path.write_text(json.dumps(tree))
    return path
