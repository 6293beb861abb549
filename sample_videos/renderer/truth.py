"""What is true of a clip: events, steps, angles, keypoints and boxes, all from the model and the camera."""

from __future__ import annotations

import csv
import gzip
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .camera import Camera
from .clip import Clip, motions, people_shapes
from .curves import Array
from .footfalls import SIDES, Side
from .hard_truth import clocks, feet_hidden, hidden_feet, passes
from .panels import mirrored
from .pelvis import Walker
from .raster import Shape
from .walker import Motion, move

KEYPOINTS = (
    "nose",
    *(
        f"{side}_{part}"
        for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in SIDES
    ),
    *(f"{side}_{part}" for side in SIDES for part in ("big_toe", "small_toe", "heel")),
)


def sagittal_angles(motion: Motion, side: Side) -> dict[str, Array]:
    """Return hip, knee and ankle in degrees, in the plane of the walk.

    Hip: the thigh's lean forward from the vertical. Knee: thigh less shank, flexion positive. Ankle: heel to
    toe against the shank, dorsiflexion positive, zero where the sole is flat and the shank upright.
    """
    p = motion.points
    thigh = -_lean_deg(motion, p[f"{side}_hip"] - p[f"{side}_knee"])
    shank = -_lean_deg(motion, p[f"{side}_knee"] - p[f"{side}_ankle"])
    foot = p[f"{side}_big_toe"] - p[f"{side}_heel"]
    pitch = np.degrees(np.arctan2(foot[:, 2], _along(motion, foot, 0)))
    return {"hip": thigh, "knee": thigh - shank, "ankle": pitch - shank}


def trunk_lean(motion: Motion) -> tuple[Array, Array]:
    """Return the lean of mid-hip to mid-shoulder in degrees: forward, and toward the subject's right."""
    p = motion.points
    trunk = (p["left_shoulder"] + p["right_shoulder"] - p["left_hip"] - p["right_hip"]) / 2
    return _lean_deg(motion, trunk), np.degrees(np.arctan2(-_along(motion, trunk, 1), trunk[:, 2]))


def _along(motion: Motion, vectors: Array, axis: int) -> Array:
    out: Array = np.einsum("ti,ti->t", vectors, motion.axes["path"][:, :, axis])
    return out


def _lean_deg(motion: Motion, vectors: Array) -> Array:
    return np.degrees(np.arctan2(_along(motion, vectors, 0), vectors[:, 2]))


def events(walker: Walker, end_s: float) -> list[dict[str, Any]]:
    """Return the strikes and offs from 0 to `end_s`, in order."""
    found = [
        {"time_s": time, "side": fall.side, "kind": kind}
        for fall in walker.footfalls
        for kind, time in (("strike", fall.strike_s), ("off", fall.off_s))
        if 0 <= time <= end_s
    ]
    return sorted(found, key=lambda event: event["time_s"])


def steps(walker: Walker, end_s: float) -> list[dict[str, Any]]:
    """Return every strike from 0 to `end_s` that follows one of the other foot.

    `step_length_m` is the distance along the walk between the ankles at the strike; `footprint_length_m` the one
    between the two heel prints, longer because the ankle behind has by then risen and moved on.
    """
    falls = sorted((f for f in walker.footfalls if np.isfinite(f.strike_s)), key=lambda f: f.strike_s)
    out = []
    for behind, front in pairwise(falls):
        if not 0 <= front.strike_s <= end_s:
            continue
        motion = move(walker, np.array([front.strike_s]))
        forward = motion.axes["path"][0, :, 0]
        apart = motion.points[f"{front.side}_ankle"][0] - motion.points[f"{behind.side}_ankle"][0]
        prints = np.subtract(front.heel_xy, behind.heel_xy)
        length = float(apart @ forward)
        out.append(
            {
                "side": front.side,
                "time_s": front.strike_s,
                "step_time_s": front.strike_s - behind.strike_s,
                "step_length_m": length,
                "step_length_bh": length / walker.body.height_m,
                "footprint_length_m": float(prints @ forward[:2]),
            }
        )
    return out


def strides(walker: Walker, end_s: float) -> list[dict[str, Any]]:
    """Return every stride that lies within 0 to `end_s`; its speed is that of the foot prints."""
    falls = sorted((f for f in walker.footfalls if np.isfinite(f.strike_s)), key=lambda f: f.strike_s)
    out = []
    for before, fall, other, following in zip(falls, falls[1:], falls[2:], falls[3:], strict=False):
        if fall.strike_s < 0 or following.strike_s > end_s:
            continue
        time = following.strike_s - fall.strike_s
        both_down = (before.off_s - fall.strike_s) + (fall.off_s - other.strike_s)
        out.append(
            {
                "side": fall.side,
                "start_s": fall.strike_s,
                "end_s": following.strike_s,
                "stride_time_s": time,
                "stance_pct": 100 * (fall.off_s - fall.strike_s) / time,
                "double_support_pct": 100 * both_down / time,
                "speed_m_s": float(np.linalg.norm(np.subtract(following.heel_xy, fall.heel_xy))) / time,
            }
        )
    return out


def keypoints(clip: Clip, motion: Motion) -> tuple[Array, Array]:
    """Return the keypoints in pixels (T, 23, 2), and whether each is within the picture (T, 23)."""
    cameras = [clip.camera(t) for t in clip.time_s]
    world = np.stack([motion.points[name] for name in KEYPOINTS], axis=1)
    xy = np.stack([camera.project(points)[0] for camera, points in zip(cameras, world, strict=True)])
    return xy, np.all((xy >= 0) & (xy <= [cameras[0].width, cameras[0].height]), axis=-1)


def box(shapes: list[Shape], camera: Camera) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 around the shapes, which may reach beyond the picture."""
    ends = np.stack([[s.start, s.end] for s in shapes])
    radii = np.array([[s.r_start, s.r_end] for s in shapes]) * np.array([max(s.stretch) for s in shapes])[:, None]
    xy, depth = camera.project(ends)
    r = (camera.focal_px * radii / depth)[..., None]
    (x0, y0), (x1, y1) = (xy - r).reshape(-1, 2).min(0), (xy + r).reshape(-1, 2).max(0)
    return float(x0), float(y0), float(x1), float(y1)


def truth(clip: Clip) -> dict[str, Any]:
    """Return everything that is known of a clip, ready for JSON."""
    camera, moved, gaps = clip.camera(0.0), motions(clip), np.diff(clip.pts)
    boxes = [
        [box(shapes, clip.camera(float(clip.time_s[i]))) for shapes in people_shapes(clip, moved, i)]
        for i in range(len(clip.pts))
    ]
    out: dict[str, Any] = {
        "name": clip.name,
        "description": clip.description,
        "width": camera.width,
        "height": camera.height,
        "rotation": clip.stored_turn_deg,
        "fps": round(float((len(clip.pts) - 1) / clip.file_time_s[-1]), 4),
        "variable_rate": bool(gaps.max() != gaps.min()),
        "n_frames": len(clip.pts),
        "view": clip.view,
        "direction": clip.direction,
        # In profile, whoever walks to the right shows the right side.
        "near_side": clip.direction if clip.view == "sagittal" else None,
        "camera": "moving" if clip.camera_moves else "fixed",
        "n_people": len(clip.people),
        "time_s": np.round(clip.time_s, 6).tolist(),
        "events": [],
        "steps": [],
    }
    if clip.people and clip.has_subject:
        whole = [_within(b[0], camera) for b in boxes]
        found = None if clip.measurable is None else passes(clip, moved[0], np.array(whole))
        out |= _gait(clip, boxes, found)
        out |= _curves(clip, moved[0])
        out["box_px"] = [_visible(b[0], camera) for b in boxes]
        out["whole"] = whole
        if clip.measurable is not None:
            out |= {"passes": found, "hidden_feet": hidden_feet(clip, moved), **_reflection(clip, moved)}
    if clip.people:
        others = range(int(clip.has_subject), len(clip.people))
        out["other_people"] = [{"box_px": [_visible(b[i], camera) for b in boxes]} for i in others]
    if clip.measurable is not None:
        out |= {"measurable": clip.measurable, **clocks(clip)}
    return out


def _gait(
    clip: Clip, boxes: list[list[tuple[float, float, float, float]]], passed: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """Return events, steps, strides and their means; what the picture does not show is listed apart.

    The means are those of the passes, where these are told apart: steps of turns and stops are not among them.
    """
    walker, end_s, room = clip.people[0].walker, float(clip.time_s[-1]), clip.room()

    def shown(time_s: float) -> bool:
        """Tell whether the whole body is in the picture, and neither foot behind somebody else."""
        motion, camera = move(walker, np.array([time_s])), clip.camera(time_s)
        xy, _ = camera.project(np.stack([motion.points[name][0] for name in KEYPOINTS]))
        if not np.all((xy >= 0) & (xy <= [camera.width, camera.height])):
            return False
        if clip.measurable is not None:
            everybody = [move(person.walker, np.array([time_s])) for person in clip.people]
            return not any(feet_hidden(clip, room, everybody, 0).values())
        feet = xy[[i for i, name in enumerate(KEYPOINTS) if "toe" in name or "heel" in name or "ankle" in name]]
        nearest = int(np.argmin(np.abs(clip.time_s - time_s)))
        return not any(np.any(np.all((feet > other[:2]) & (feet < other[2:]), axis=-1)) for other in boxes[nearest][1:])

    found, made, full = (events(walker, end_s), steps(walker, end_s), strides(walker, end_s))
    seen = {e["time_s"] for e in found if shown(e["time_s"])}
    in_view = [s for s in made if s["time_s"] in seen and s["time_s"] - s["step_time_s"] in seen]
    out: dict[str, Any] = {
        "body_height_m": walker.body.height_m,
        "events": _rounded([e for e in found if e["time_s"] in seen]),
        "unseen_events": _rounded([e for e in found if e["time_s"] not in seen]),
        "steps": _rounded(in_view),
        "strides": _rounded([s for s in full if s["start_s"] in seen and s["end_s"] in seen]),
    }
    if passed is not None:
        made = [s for s in made if _passes(passed, s["time_s"] - s["step_time_s"], s["time_s"])]
        full = [s for s in full if _passes(passed, s["start_s"], s["end_s"])]
    if in_view and full:
        step_s = float(np.mean([np.mean([s["step_time_s"] for s in made if s["side"] == side]) for side in SIDES]))
        out["cadence_steps_per_min"] = round(60 / step_s, 3)
        out["speed_m_s"] = round(float(np.mean([s["speed_m_s"] for s in full])), 4)
        for name in ("stance_pct", "double_support_pct"):
            out[name] = {side: round(float(np.mean([s[name] for s in full if s["side"] == side])), 3) for side in SIDES}
    return out


def _passes(passed: list[dict[str, Any]], start_s: float, end_s: float) -> bool:
    return any(p["start_s"] <= start_s and end_s <= p["end_s"] for p in passed)


def _reflection(clip: Clip, moved: list[Motion]) -> dict[str, Any]:
    """Return for every frame the box around what a mirror shows of the subject; nothing where there is no mirror."""
    room = clip.room()
    if room.mirror is None:
        return {}
    out = []
    for frame, time_s in enumerate(clip.time_s):
        camera = clip.camera(float(time_s))
        corners = [[x, room.wall_y, z] for x in room.mirror.x for z in room.mirror.z]
        edges = camera.project(np.array(corners))[0]
        x0, y0, x1, y1 = box(mirrored(people_shapes(clip, moved, frame)[0], room.wall_y), camera)
        low, high = np.maximum((x0, y0), edges.min(0)), np.minimum((x1, y1), edges.max(0))
        out.append(_visible((float(low[0]), float(low[1]), float(high[0]), float(high[1])), camera))
    return {"reflection_box_px": out}


def _curves(clip: Clip, motion: Motion) -> dict[str, Any]:
    forward, right = trunk_lean(motion)
    curves = {f"{side}_{joint}_deg": angle for side in SIDES for joint, angle in sagittal_angles(motion, side).items()}
    curves |= {
        "trunk_lean_deg": right if clip.view == "frontal" else forward,
        "trunk_lean_forward_deg": forward,
        "trunk_lean_right_deg": right,
    }
    out: dict[str, Any] = {name: np.round(values, 2).tolist() for name, values in curves.items()}
    return out | {f"{side}_on_ground": motion.on_ground[side].tolist() for side in SIDES}


def _within(b: tuple[float, float, float, float], camera: Camera) -> bool:
    return b[0] >= 0 and b[1] >= 0 and b[2] <= camera.width and b[3] <= camera.height


def _visible(b: tuple[float, float, float, float], camera: Camera) -> list[float] | None:
    x0, y0, x1, y1 = (max(b[0], 0), max(b[1], 0), min(b[2], camera.width), min(b[3], camera.height))
    return [round(v, 1) for v in (x0, y0, x1, y1)] if x1 - x0 > 1 and y1 - y0 > 1 else None


def _rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: round(v, 5) if isinstance(v, float) else v for key, v in row.items()} for row in rows]


def write_truth(clip: Clip, folder: Path) -> None:
    """Write NAME.json, and the keypoints as NAME.keypoints.csv.gz (score 1 within the picture, 0 beyond it)."""
    lines = [f" {json.dumps(key)}: {_lines(value)}" for key, value in truth(clip).items()]
    (folder / f"{clip.name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    if not (clip.people and clip.has_subject):
        return
    xy, inside = keypoints(clip, motions(clip)[0])
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["time_s", *(f"{name}_{part}" for name in KEYPOINTS for part in ("x", "y", "score"))])
    for time, row, seen in zip(clip.time_s, xy, inside, strict=True):
        values = [v for (x, y), s in zip(row, seen, strict=True) for v in (f"{x:.1f}", f"{y:.1f}", int(s))]
        table.writerow([f"{time:.6f}", *values])
    # No time stamp inside: the same truth gives the same bytes.
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    (folder / f"{clip.name}.keypoints.csv.gz").write_bytes(packed)


def _lines(value: Any) -> str:
    """Return JSON with one row of a table on each line, and anything else on one line."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[" + ",".join(f"\n  {json.dumps(row, allow_nan=False)}" for row in value) + "\n ]"
    return json.dumps(value, allow_nan=False)
