"""The files of a photograph: JSON with the angles, and the annotated picture."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from gait.columns import SIGNALS
from gait.jpeg import encode
from gait.photo.picture import annotated
from gait.photo.types import Angle, PhotoReading
from gait.types import ImageArray, PoseSequence, SubjectTrack

SCHEMA = "gait.photo.read/1"
ANNOTATED = ".annotated.jpg"


def write_json(
    path: Path,
    *,
    provenance: dict[str, Any],
    size_px: tuple[int, int],
    track: SubjectTrack,
    poses: PoseSequence | None,
    readout: PhotoReading | None,
    refusal: str | None,
) -> None:
    """Write the readout of a photograph; `refusal` says why there is none."""
    tree = {
        "schema": SCHEMA,
        "provenance": provenance,
        "picture": {"width_px": size_px[0], "height_px": size_px[1]},
        "refusal": refusal,
        "subject": {
            "reason": track.reason,
            "people": [
                {"box_px": [_number(v, 1) for v in p.box_px], "confidence": _number(p.confidence), "chosen": p.chosen}
                for p in track.people
            ],
        },
        "view": None
        if readout is None
        else {
            "view": readout.view,
            "reason": readout.view_reason,
            "facing": readout.facing,
            "near_side": readout.near_side,
        },
        "angles": [] if readout is None else [_angle(angle) for angle in readout.angles],
        "notes": [] if readout is None else list(readout.notes),
        "keypoints": [] if poses is None else _keypoints(poses),
    }
    path.write_text(json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_picture(path: Path, rgb: ImageArray, poses: PoseSequence, readout: PhotoReading, note: str = "") -> None:
    """Write the annotated picture as JPEG, with a note below it."""
    path.write_bytes(encode(annotated(rgb, poses, readout, note)))


def _angle(angle: Angle) -> dict[str, Any]:
    signal = SIGNALS[f"{'' if angle.side == 'both' else 'left_'}{angle.name}_deg"]
    less = " Left less right." if angle.side == "difference" else ""
    return {
        "angle": angle.name,
        "side": angle.side,
        "value": _number(angle.value_deg),
        "unit": signal.unit,
        "status": angle.status,
        "reason": angle.reason,
        "definition": signal.definition + less,
    }


def _keypoints(poses: PoseSequence) -> list[dict[str, Any]]:
    rows = zip(poses.keypoints, poses.xy_px[0], poses.score[0], strict=True)
    return [
        {"name": name, "x_px": _number(float(x), 1), "y_px": _number(float(y), 1), "score": _number(float(score))}
        for name, (x, y), score in rows
    ]


def _number(value: float, decimals: int = 2) -> float | None:
    return round(float(value), decimals) if math.isfinite(value) else None
