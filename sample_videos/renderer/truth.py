"""What is true of a clip: events, steps, angles, keypoints and boxes, all from the model and the camera."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from .camera import Camera
from .clip import Clip, Person, motions, people_shapes
from .curves import Array
from .footfalls import Side
from .raster import Shape
from .walker import SIDES, Motion, Walker, move

KEYPOINTS = (
    "nose",
    *(f"{side}_{part}" for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in SIDES),
    *(f"{side}_{part}" for side in SIDES for part in ("big_toe", "small_toe", "heel")),
)


def sagittal_angles(motion: Motion, side: Side) -> dict[str, Array]:
    """Return hip, knee and ankle in degrees, in the plane of the walk.

    Hip: the thigh's lean forward from the vertical. Knee: thigh less shank, flexion positive. Ankle: heel to toe against
    the shank, dorsiflexion positive, zero where the sole is flat and the shank upright.
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

    `step_length_m` is the distance along the walk between the ankles at the strike; `footprint_length_m` the one between
    the two heel prints, longer because the ankle behind has by then risen and moved on.
    """
    falls = sorted((f for f in walker.footfalls if np.isfinite(f.strike_s)), key=lambda f: f.strike_s)
    out = []
    for behind, front in zip(falls, falls[1:], strict=False):
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
    """Return every stride that lies within 0 to `end_s`."""
    out = []
    for side in SIDES:
        falls = [f for f in walker.of(side) if np.isfinite(f.strike_s)]
        for fall, following in zip(falls, falls[1:], strict=False):
            if fall.strike_s < 0 or following.strike_s > end_s:
                continue
            time = following.strike_s - fall.strike_s
            out.append(
                {
                    "side": side,
                    "start_s": fall.strike_s,
                    "end_s": following.strike_s,
                    "stride_time_s": time,
                    "stance_pct": 100 * (fall.off_s - fall.strike_s) / time,
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
    camera, end_s = clip.camera(0.0), float(clip.time_s[-1])
    moved = motions(clip)
    boxes = [
        [box(shapes, clip.camera(float(clip.time_s[i]))) for shapes in people_shapes(clip, moved, i)]
        for i in range(len(clip.pts))
    ]
    gaps = np.diff(clip.pts)
    out: dict[str, Any] = {
        "name": clip.name,
        "description": clip.description,
        "width": camera.width,
        "height": camera.height,
        "rotation": clip.stored_turn_deg,
        "fps": round(float((len(clip.pts) - 1) / end_s), 4),
        "variable_rate": bool(gaps.max() != gaps.min()),
        "n_frames": len(clip.pts),
        "view": clip.view,
        "direction": clip.direction,
        "near_side": {"right": "right", "left": "left"}.get(clip.direction or ""),
        "camera": "moving" if clip.camera_moves else "still",
        "n_people": len(clip.people),
        "frames": {"time_s": np.round(clip.time_s, 6).tolist()},
        "other_people": [{"box_px": [_visible(b[i], camera) for b in boxes]} for i in range(1, len(clip.people))],
    }
    if clip.people:
        out |= _subject(clip, clip.people[0], moved[0])
        out["frames"] |= _curves(clip, moved[0])
        out["frames"]["box_px"] = [_visible(b[0], camera) for b in boxes]
        out["frames"]["whole"] = [
            b[0][0] >= 0 and b[0][1] >= 0 and b[0][2] <= camera.width and b[0][3] <= camera.height for b in boxes
        ]
    return out


def _subject(clip: Clip, person: Person, motion: Motion) -> dict[str, Any]:
    walker, end_s = person.walker, float(clip.time_s[-1])
    found, made, full = events(walker, end_s), steps(walker, end_s), strides(walker, end_s)
    for entry in (*found, *made):
        at = move(walker, np.array([entry["time_s"]])).points
        camera = clip.camera(entry["time_s"])
        foot = np.stack([at[f"{entry['side']}_{part}"][0] for part in ("heel", "big_toe", "ankle", "hip")])
        xy, _ = camera.project(foot)
        entry["in_view"] = bool(np.all((xy >= 0) & (xy <= [camera.width, camera.height])))
    out: dict[str, Any] = {"body_height_m": walker.body.height_m, "events": _rounded(found), "steps": _rounded(made)}
    out["strides"] = _rounded(full)
    if made:
        times = {side: [s["step_time_s"] for s in made if s["side"] == side] for side in SIDES}
        stances = {side: [s["stance_pct"] for s in full if s["side"] == side] for side in SIDES}
        mean_step = float(np.mean([np.mean(times[side]) for side in SIDES]))
        out["cadence_steps_per_min"] = round(60 / mean_step, 3)
        out["stance_pct"] = {side: round(float(np.mean(stances[side])), 3) for side in SIDES}
        out["speed_m_s"] = round(
            sum(s["footprint_length_m"] for s in made) / sum(s["step_time_s"] for s in made), 4
        )
    return out


def _curves(clip: Clip, motion: Motion) -> dict[str, Any]:
    forward, right = trunk_lean(motion)
    curves = {
        f"{side}_{joint}_deg": angle
        for side in SIDES
        for joint, angle in sagittal_angles(motion, side).items()
    }
    curves |= {
        "trunk_lean_deg": right if clip.view == "frontal" else forward,
        "trunk_lean_forward_deg": forward,
        "trunk_lean_right_deg": right,
    }
    out: dict[str, Any] = {name: np.round(values, 2).tolist() for name, values in curves.items()}
    return out | {f"{side}_on_ground": motion.on_ground[side].tolist() for side in SIDES}


def _visible(b: tuple[float, float, float, float], camera: Camera) -> list[float] | None:
    x0, y0, x1, y1 = max(b[0], 0), max(b[1], 0), min(b[2], camera.width), min(b[3], camera.height)
    return [round(v, 1) for v in (x0, y0, x1, y1)] if x1 - x0 > 1 and y1 - y0 > 1 else None


def _rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: round(v, 5) if isinstance(v, float) else v for key, v in row.items()} for row in rows]


def write_truth(clip: Clip, folder: Path) -> None:
    """Write NAME.json, and the keypoints as NAME.keypoints.csv.gz (score 1 within the picture, 0 beyond it)."""
    known = truth(clip)
    head = json.dumps({k: v for k, v in known.items() if k not in _ROWS}, indent=1)[:-2]
    for key in _ROWS:
        if key in known:
            head += f",\n {json.dumps(key)}: {_lines(known[key])}"
    (folder / f"{clip.name}.json").write_text(head + "\n}\n", encoding="utf-8")
    if not clip.people:
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


_ROWS = ("events", "steps", "strides", "other_people", "frames")


def _lines(value: Any) -> str:
    """Return JSON with one row, or one curve, on each line."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in value.items()) + "\n }"
    return "[" + ",".join(f"\n  {json.dumps(row, allow_nan=False)}" for row in value) + ("\n ]" if value else "]")
