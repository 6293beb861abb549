"""Joints as an `xarray.Dataset` in the layout of the package movement, which reads DeepLabCut, SLEAP and others.

Its dimensions are time, space, keypoints and individuals; its variables position and confidence.
https://movement.neuroinformatics.dev
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gait.errors import InputError, ModelUnavailableError, UsageError
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import FloatArray, PoseSequence, Roll

if TYPE_CHECKING:
    import xarray as xr

DIMENSIONS = ("time", "space", "keypoints", "individuals")
_TOES = {"bigtoe": "big_toe", "toe": "big_toe", "footindex": "big_toe", "hallux": "big_toe", "smalltoe": "small_toe"}
_SIDE = {"left": "left", "l": "left", "right": "right", "r": "right"}


def to_movement(poses: PoseSequence, individual: str = "subject") -> xr.Dataset:
    """Return joints as a dataset for the package movement.

    Beside position and confidence it holds what only this program knows of them (`sd_px`, the motion of the background,
    the size of the picture, the roll of the camera), so that `from_movement` gives the same joints back.

    Parameters
    ----------
    poses : PoseSequence
    individual : str
        What the person is called in it.

    Returns
    -------
    xarray.Dataset
        ``position`` in pixels with y down, (time, space, keypoints, individuals), NaN where unknown; ``confidence``,
        (time, keypoints, individuals); times in seconds.

    Raises
    ------
    ModelUnavailableError
        xarray is not installed.

    Examples
    --------
    >>> dataset = gait.to_movement(gait.load("reports/side_walk").poses)
    >>> dict(dataset.sizes)
    {'time': 216, 'space': 2, 'keypoints': 23, 'individuals': 1}
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ModelUnavailableError(
            "xarray is not installed.", 'Install it with: pip install "gait[movement]".'
        ) from error
    order = ("time", "keypoints", "space", "individuals")
    variables: dict[str, Any] = {
        "position": xr.DataArray(poses.xy_px[..., None], dims=order).transpose(*DIMENSIONS),
        "confidence": (("time", "keypoints", "individuals"), poses.score[..., None]),
        "frame": ("time", poses.frame),
    }
    if poses.sd_px is not None:
        variables["sd_px"] = (("time", "keypoints", "individuals"), poses.sd_px[..., None])
    if poses.background_xy_px is not None:
        variables["background_xy_px"] = (("time", "space"), poses.background_xy_px)
    attributes = {
        "source_software": poses.model,
        "ds_type": "poses",
        "fps": _fps(poses.time_s),
        "time_unit": "seconds",
        "width_px": poses.width_px,
        "height_px": poses.height_px,
    }
    if poses.roll is not None:
        attributes |= {f"roll_{name}": value for name, value in vars(poses.roll).items()}
    return xr.Dataset(
        variables,
        coords={
            "time": poses.time_s,
            "space": ["x", "y"],
            "keypoints": list(poses.keypoints),
            "individuals": [individual],
        },
        attrs=attributes,
    )


def from_movement(
    dataset: xr.Dataset,
    *,
    individual: str | None = None,
    names: Mapping[str, str | None] | None = None,
    size_px: tuple[int, int] | None = None,
    fps: float | None = None,
) -> PoseSequence:
    """Return the joints of one individual of a dataset of the package movement.

    Names of keypoints are recognised however they are spelled: capitals, spaces, dots, dashes and underscores do not
    matter, and the side may stand first or last, whole or as its first letter: ``LAnkle``, ``ankle_left``, ``Ankle.L``
    and ``left ankle`` are all ``left_ankle``. A ``toe``, ``foot_index`` or ``hallux`` is the big toe.

    Parameters
    ----------
    dataset : xarray.Dataset
        With ``position`` in pixels, y down, and, if known, ``confidence``.
    individual : str, optional
        Who; needed where there are several.
    names : mapping of str to str or None, optional
        For keypoints that are called otherwise: their name to ours, or to None for those that shall be left out.
    size_px : (int, int), optional
        Width and height of the picture; needed where the dataset does not say (only those of `to_movement` do).
    fps : float, optional
        Frames per second; needed where the times are numbers of frames.

    Returns
    -------
    PoseSequence
        All 23 points; those that the dataset lacks are NaN. Where there is no confidence at all, every known point has
        a score of 1.

    Raises
    ------
    InputError
        The dataset has another layout, or an unknown or doubled keypoint.
    UsageError
        The individual, the size of the picture or the frame rate must be told.

    Examples
    --------
    >>> poses = gait.load("reports/side_walk").poses
    >>> theirs = gait.to_movement(poses).assign_coords(keypoints=[f"P{k}" for k in range(23)])
    >>> gait.from_movement(theirs, names={f"P{k}": name for k, name in enumerate(gait.KEYPOINTS)}) == poses
    True
    """
    if not {*DIMENSIONS} <= {*dataset.dims} or "position" not in dataset:
        raise InputError(f"The dataset is not one of poses: expected position over {', '.join(DIMENSIONS)}.")
    one = dataset.sel(individuals=_individual(dataset, individual))
    position = one["position"].transpose("time", "keypoints", "space").to_numpy()
    if position.shape[2] != 2:
        raise InputError("The dataset has joints in 3-D: expected places in the picture, in pixels.")
    size_px = size_px or (dataset.attrs.get("width_px", 0), dataset.attrs.get("height_px", 0))
    if not all(size_px):
        raise UsageError("The size of the picture is not known.", "Give size_px=(width, height).")
    columns = _columns([str(name) for name in dataset["keypoints"].to_numpy()], names or {})
    found, theirs = [INDEX[name] for name in columns], list(columns.values())
    n = len(position)
    xy_px = np.full((n, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    xy_px[:, found] = position[:, theirs]
    xy_px[~np.isfinite(xy_px).all(axis=2)] = np.nan
    score = np.isfinite(xy_px).all(axis=2).astype(np.float32)
    sd_px = None
    if "confidence" in one and bool(one["confidence"].notnull().any()):
        confidence = one["confidence"].transpose("time", "keypoints").to_numpy()
        score[:, found] = np.nan_to_num(confidence[:, theirs])
    if "sd_px" in one:
        sd_px = np.full(score.shape, np.nan, dtype=np.float32)
        sd_px[:, found] = one["sd_px"].transpose("time", "keypoints").to_numpy()[:, theirs]
    background = one["background_xy_px"].to_numpy() if "background_xy_px" in one else None
    roll = {name: dataset.attrs.get(f"roll_{name}") for name in ("deg", "fan_deg", "sd_deg")}
    time_s = _seconds(dataset, fps)
    frame = one["frame"].to_numpy() if "frame" in one else np.arange(n)
    return PoseSequence(
        time_s=time_s,
        frame=frame.astype(np.int64),
        xy_px=xy_px,
        score=score,
        model=str(dataset.attrs.get("source_software") or "movement"),
        width_px=int(size_px[0]),
        height_px=int(size_px[1]),
        background_xy_px=background,
        sd_px=sd_px,
        roll=Roll(**roll) if roll["deg"] is not None else None,
    )


def _fps(time_s: FloatArray) -> float | None:
    return float(1 / np.median(np.diff(time_s))) if len(time_s) > 1 else None


def _individual(dataset: xr.Dataset, individual: str | None) -> str:
    known = [str(name) for name in dataset["individuals"].to_numpy()]
    if individual is None and len(known) == 1:
        return known[0]
    if individual not in known:
        wanted = "several individuals" if individual is None else f"no individual {individual!r}"
        raise UsageError(f"The dataset has {wanted}.", f"Give individual=, one of {', '.join(known)}.")
    return individual


def _seconds(dataset: xr.Dataset, fps: float | None) -> FloatArray:
    time: FloatArray = dataset["time"].to_numpy().astype(np.float64)
    if dataset.attrs.get("time_unit", "frames") == "seconds":
        return time
    if fps is None:
        raise UsageError("The times of the dataset are numbers of frames.", "Give fps=, the frames per second.")
    return time / fps


def _columns(theirs: list[str], names: Mapping[str, str | None]) -> dict[str, int]:
    """Return our names of the keypoints of a dataset, each with its place in it."""
    found: dict[str, int] = {}
    unknown = []
    for column, name in enumerate(theirs):
        if name in names and names[name] is None:
            continue
        ours = recognised(names.get(name) or name)
        if ours is None:
            unknown.append(name)
        elif ours in found:
            raise InputError(f"The keypoints {theirs[found[ours]]} and {name} are both {ours}.", "Tell by names={...}.")
        else:
            found[ours] = column
    if unknown:
        raise InputError(
            f"The keypoints {', '.join(unknown)} are not known here; ours are {', '.join(KEYPOINTS)}.",
            'Tell what they are by names={"theirs": "ours"}, or names={"theirs": None} to leave them out.',
        )
    return found


def recognised(name: str) -> str | None:
    """Return our name of a keypoint that is spelled in another way; None for one that we do not have."""
    # A capital begins a word after a small letter (LeftAnkle, ankleL) and after a first L or R (LAnkle, not LEFT).
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=^[LR])(?=[A-Z][a-z])", " ", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    side = next((_SIDE[words[k]] for k in (0, -1) if words and words[k] in _SIDE), None)
    if side is None:
        joined = "".join(words)
        side = next((s for s in SIDES if joined.startswith(s) and len(joined) > len(s)), None)
        words = [joined.removeprefix(side)] if side else words
    else:
        words = words[1:] if words[0] in _SIDE else words[:-1]
    part = _TOES.get("".join(words), "_".join(words))
    ours = f"{side}_{part}" if side else part
    return ours if ours in INDEX else None
