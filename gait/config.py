"""The settings of every stage: one pydantic model per stage, presets in YAML, and an unknown key is an error."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gait.errors import InputError, UsageError
from gait.inputs import check_file
from gait.text import ENGLISH, languages

_LARGEST_FILE = 1_000_000
"""Bytes of a file with settings: they fill a page."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class VideoSettings(_Section):
    """Which frames are used."""

    fps: float | None = Field(None, ge=1, le=2000, description="Frames per second to use; all frames when absent.")
    start_s: float = Field(0.0, ge=0, description="Where to begin, in seconds as a player shows them.")
    end_s: float | None = Field(None, gt=0, description="Where to stop, in seconds as a player shows them.")
    capture_fps: float | None = Field(
        None, gt=0, description="Frames per second that the camera took; as the file says when absent (slow motion)."
    )

    @model_validator(mode="after")
    def _is_a_part(self) -> Self:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError(f"the end (end_s, {self.end_s:g}) must come after the start (start_s, {self.start_s:g})")
        return self


class SubjectSettings(_Section):
    """Who is followed."""

    detector: str = Field(
        "auto", description="Person detector: auto, blazepose (embedded), yolo, full-frame, or a path to YOLO weights."
    )
    subject: int | None = Field(None, ge=1, description="Number of the person to follow, as printed in the report.")
    box: tuple[float, float, float, float] | None = Field(
        None, description="x1, y1, x2, y2 in pixels: the person who is in this box is followed."
    )

    @field_validator("box")
    @classmethod
    def _is_a_box(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and not (value[0] < value[2] and value[1] < value[3]):
            raise ValueError(
                "expected the left, upper, right and lower edge, with left below right and upper below lower"
            )
        return value

    def check_inside(self, width_px: int, height_px: int) -> None:
        """Raise a UsageError if no part of the box is in the picture."""
        if self.box is None:
            return
        x1, y1, x2, y2 = self.box
        if not (x1 < width_px and y1 < height_px and x2 > 0 and y2 > 0):
            raise UsageError(
                f"--box {x1:g},{y1:g},{x2:g},{y2:g} is outside the picture of {width_px} x {height_px} pixels: read it "
                "in the video as it is displayed."
            )


class PoseSettings(_Section):
    """How the joints are found."""

    model: str = Field("auto", description="Pose model: auto, blazepose, blazepose-heavy, or a Sapiens2 size or path.")
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int | None = Field(
        None, ge=1, le=256, description="Frames BlazePose works on at once; as many as there are cores when absent."
    )
    dtype: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="What Sapiens2 computes in: auto is bf16 on CUDA, fp16 on MPS, fp32 on the CPU."
    )
    batch: int | None = Field(
        None, ge=1, le=512, description="People per Sapiens2 batch; by model and device when absent."
    )
    flip_test: bool = Field(False, description="Sapiens2 also looks at the mirrored picture: twice the time.")
    all_keypoints: bool = Field(False, description="Keep all 308 points of Sapiens2 in keypoints.parquet.")
    segment: bool = Field(
        False, description="Also find the outline of the body (Sapiens2): a backup for the points of the feet."
    )
    segment_model: str = Field(
        "auto", description="What finds the outline: sapiens2-seg-0.4b, -0.8b, -1b, -5b, or a path to its weights."
    )
    compile: bool | None = Field(None, description="Compile Sapiens2; on CUDA for long videos when absent.")


class SignalSettings(_Section):
    """How the joints are cleaned."""

    min_score: float = Field(0.3, ge=0, le=1, description="Points below this score are dropped.")
    max_gap_s: float = Field(0.12, ge=0, le=2, description="Gaps up to this long are filled (Stenum 2021).")
    cutoff_hz: float = Field(6.0, ge=0.5, le=1000, description="Low-pass cut-off for positions.")
    fix_sides: bool = Field(True, description="Undo exchanges of the left and right leg.")


class SceneSettings(_Section):
    """What is known of the recording beforehand; otherwise it is read off the walk."""

    view: Literal["auto", "side", "front"] = Field(
        "auto", description="side: the person walks across the picture; front: toward the camera or away from it."
    )
    ground: Literal["auto", "overground", "treadmill"] = "auto"


class EventSettings(_Section):
    """How foot strikes and offs are found."""

    method: Literal["auto", "zeni", "oconnor", "velocity", "ankle_velocity"] = "auto"


class ScaleSettings(_Section):
    """What turns pixels into metres."""

    height_m: float | None = Field(None, gt=0.4, lt=2.6, description="Body height of the subject in metres.")
    known_distance: tuple[float, float, float, float, float] | None = Field(
        None, description="x1, y1, x2, y2 in pixels and the metres between these two points, at the walker's distance."
    )

    @field_validator("height_m", mode="before")
    @classmethod
    def _in_metres(cls, value: Any) -> Any:
        if isinstance(value, int | float) and 40 < value < 260:
            raise ValueError(f"expected metres; were centimetres meant? Then give {value / 100:g}")
        return value

    @field_validator("known_distance")
    @classmethod
    def _is_a_distance(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is None:
            return None
        x1, y1, x2, y2, metres = value
        if math.hypot(x2 - x1, y2 - y1) < 1.0:
            raise ValueError("the two points are the same")
        if not 0.05 <= metres <= 100.0:
            raise ValueError("the last number is the distance in metres, from 0.05 to 100")
        return value

    def check_inside(self, width_px: int, height_px: int) -> None:
        """Raise a UsageError if a point of the known distance is outside the picture."""
        if self.known_distance is None:
            return
        x1, y1, x2, y2, _ = self.known_distance
        for x, y in ((x1, y1), (x2, y2)):
            if not (0 <= x <= width_px and 0 <= y <= height_px):
                raise UsageError(
                    f"The point {x:g}, {y:g} of the known distance is outside the picture of {width_px} x {height_px} "
                    "pixels: read it in the video as it is displayed."
                )


class AnalysisSettings(_Section):
    """Everything that shapes the numbers once the joints are known: `signals`, `scene`, `events`, `scale`."""

    signals: SignalSettings = SignalSettings()
    scene: SceneSettings = SceneSettings()
    events: EventSettings = EventSettings()
    scale: ScaleSettings = ScaleSettings()


class PersonSettings(_Section):
    """What is known of the person; it chooses the references to show beside the measures, and changes no measure."""

    age: int | None = Field(None, ge=0, le=120, description="Age in whole years.")
    sex: Literal["female", "male"] | None = None

    @field_validator("sex", mode="before")
    @classmethod
    def _in_full(cls, value: Any) -> Any:
        return {"f": "female", "m": "male"}.get(value.lower(), value.lower()) if isinstance(value, str) else value


Aid = Literal["cane", "crutches", "walker", "rollator", "orthosis", "none"]


class VisitSettings(_Section):
    """Who was recorded, and how; it stands in the head of the page and in the tables, and changes no measure."""

    subject_id: str | None = Field(None, description="Whom the recording shows: a number or a code.")
    session: str | None = Field(None, description="Which visit it is: a number, a date or a word.")
    aid: Aid | None = Field(None, description="Walking aid.")
    footwear: str | None = Field(None, description="What was worn on the feet.")
    clinician: str | None = Field(None, description="Who made the recording.")
    note: str | None = Field(None, description="Anything else that belongs into the head of the page.")


class ReportSettings(_Section):
    """What is written."""

    overlay: bool = Field(True, description="Write the annotated video.")
    embed_video: bool = Field(False, description="Put the annotated video into the page: one file to pass on.")
    pictures: bool = Field(True, description="Write pictures of the person: no video and no picture where false.")
    blur_face: bool = Field(False, description="Hide the head in everything that is written.")
    colors: Literal["blue-orange", "red-green", "red-blue"] = Field(
        "blue-orange", description="Colours of left and right."
    )
    language: str = Field(
        ENGLISH, description="Of the page and of the annotated video; files for programs are English."
    )
    overlay_height_px: int = Field(
        720, ge=120, le=4320, description="Height of the annotated video at most (width, where it is taller than wide)."
    )
    person: PersonSettings = PersonSettings()
    visit: VisitSettings = VisitSettings()
    fall_screen: bool = Field(False, description="Add what is published on these measures and falls, as context.")

    @field_validator("language")
    @classmethod
    def _spoken_here(cls, value: str) -> str:
        if value not in languages():
            raise ValueError(f"Expected one of {', '.join(languages())}")
        return value

    @property
    def with_video(self) -> bool:
        """Whether the annotated video is written."""
        return self.overlay and self.pictures


class Settings(_Section):
    """All settings, one section per stage: `video`, `subject`, `pose`, `analysis`, `report`; see configs/."""

    video: VideoSettings = VideoSettings()
    subject: SubjectSettings = SubjectSettings()
    pose: PoseSettings = PoseSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    report: ReportSettings = ReportSettings()


def load_settings(source: Path | Settings | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Take settings from a YAML file, or other settings, then put the overrides on top.

    Parameters
    ----------
    source : Path or Settings, optional
        A YAML file with the sections of `Settings`; whatever it leaves out keeps its default.
    overrides : mapping, optional
        Dotted names to values, as the command line gives them: ``{"analysis.scale.height_m": 1.75}``. None is skipped.

    Raises
    ------
    InputError
        The file cannot be read or is not YAML.
    UsageError
        A key is unknown (the sentence names the valid ones) or a value is out of range.
    """
    tree: dict[str, Any] = {}
    origin = "the options"
    if isinstance(source, Settings):
        tree = source.model_dump(exclude_unset=True)
    elif source is not None:
        origin = str(source)
        tree = _read_yaml(source)
    for dotted, value in (overrides or {}).items():
        if value is None:
            continue
        node = tree
        *parents, leaf = dotted.split(".")
        for parent in parents:
            child = node.setdefault(parent, {})
            if not isinstance(child, dict):
                raise UsageError(f"{origin}: {parent} is a section, got {child!r}.")
            node = child
        node[leaf] = value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise UsageError(f"{origin}: {_explain(error)}") from error


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML without aliases: settings need none, and a few lines of them stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*) is used, which settings do not need")
        return super().compose_node(parent, index)


def _read_yaml(path: Path) -> dict[str, Any]:
    check_file(path, "a file with settings")
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST_FILE)
        if len(text) == _LARGEST_FILE:
            raise InputError(f"{path}: is too large for a file with settings.")
        loaded = yaml.load(text, _PlainLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}).") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A date that does not exist is a ValueError; brackets within brackets end in a RecursionError.
        raise InputError(f"{path}: is not valid YAML ({' '.join(str(error).split())}).") from error
    if loaded is not None and not isinstance(loaded, dict):
        raise UsageError(f"{path}: expected sections with settings, got {type(loaded).__name__}.")
    return loaded or {}


def _explain(error: ValidationError) -> str:
    """Turn the first of pydantic's complaints into one sentence; an unknown key names the valid ones."""
    first = error.errors(include_url=False)[0]
    *parents, leaf = (str(part) for part in first["loc"] or ("settings",))
    if first["type"] != "extra_forbidden":
        said = first["msg"].removeprefix("Value error, ")
        said = said[:1].lower() + said[1:]
        got = "" if isinstance(first["input"], dict) else f", got {reprlib.repr(first['input'])}"
        return f"{'.'.join([*parents, leaf])}: {said}{got}."
    section: type[BaseModel] = Settings
    for parent in parents:
        annotation = section.model_fields[parent].annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        section = annotation
    valid = sorted(section.model_fields)
    near = difflib.get_close_matches(leaf, valid, n=1)
    where = f" in {'.'.join(parents)}" if parents else ""
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"unknown setting {leaf!r}{where}; valid are {', '.join(valid)}.{hint}"
