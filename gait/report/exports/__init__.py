"""A result in the formats of other programs: one module per format, each with one function that writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gait.report.exports.c3d import write_c3d
from gait.report.exports.mot import write_mot
from gait.report.exports.openpose import write_openpose
from gait.report.exports.recording import Recording
from gait.report.exports.trc import write_trc


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format to export to.

    Attributes
    ----------
    suffix : str
        What follows the name of the recording.
    write : function of a Recording and a Path
    files : str
        For a format that is a folder: a pattern of the names of its files; else empty.
    units : dict
        From the unit of a recording to that of the places in this format; empty where it has none, or always pixels.
    """

    suffix: str
    write: Callable[[Recording, Path], None]
    files: str = ""
    units: dict[str, str] = field(default_factory=dict)


FORMATS: dict[str, Format] = {
    "trc": Format(suffix=".trc", write=write_trc, units={"m": "metres", "px": "pixels"}),
    "mot": Format(suffix=".mot", write=write_mot),
    "c3d": Format(suffix=".c3d", write=write_c3d, units={"m": "millimetres", "px": "pixels"}),
    "openpose": Format(suffix="_openpose", write=write_openpose, files="*_keypoints.json"),
}
