"""From the joints of one person to everything measured: the order of the stages of the analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gait.analysis.body.table import signals_table
from gait.analysis.events.find import find_events
from gait.analysis.geometry import Body
from gait.analysis.lengths.body_height import body_height_px
from gait.analysis.lengths.floor import Floor
from gait.analysis.lengths.scale import find_scale
from gait.analysis.measures.cycles import mean_curves, stride_cycles
from gait.analysis.measures.flags import pose_flags, scene_flags, stride_flags
from gait.analysis.measures.strides import find_steps, find_strides
from gait.analysis.measures.table import measures_table, nothing_measured
from gait.analysis.measures.walked import Walked
from gait.analysis.view.clock import clock_flags
from gait.analysis.view.scene import describe_scene
from gait.columns import STRIDE_COLUMNS_OF, WITHHELD
from gait.config import AnalysisSettings
from gait.errors import InputError
from gait.signals.clean import clean_poses
from gait.types import Flag, PoseSequence, Result, SubjectTrack

NO_STEPS = "No walking was found that can be measured: the feet alternate, but no foot strike was sure enough."


def analyze(
    poses: PoseSequence,
    settings: AnalysisSettings | None = None,
    *,
    track: SubjectTrack | None = None,
    provenance: dict[str, Any] | None = None,
) -> Result:
    """Measure how a person walks.

    Parameters
    ----------
    poses : PoseSequence
        As a model gave them.
    settings : AnalysisSettings, optional
    track : SubjectTrack, optional
        Passed on into the result; its background stands in where the poses have none.
    provenance : dict, optional
        Passed on into the result.

    Returns
    -------
    Result
        Complete also where nobody walks: signals as far as joints are known, empty tables of events and strides, every
        measure withheld, and a flag that says why.

    Raises
    ------
    InputError
        There is not a single frame.
    UsageError
        A setting names an unknown method, or a point outside the picture.
    """
    settings = settings or AnalysisSettings()
    if len(poses.time_s) == 0:
        raise InputError("There are no frames to analyze.", "Check the start and end of the part to use.")
    if poses.background_xy_px is None and track is not None and len(track.time_s) == len(poses.time_s):
        poses = replace(poses, background_xy_px=track.background_xy_px)
    if poses.roll is None and track is not None:
        poses = replace(poses, roll=track.roll)
    settings.scale.check_inside(poses.width_px, poses.height_px)
    clean = clean_poses(poses, settings.signals)
    scene = describe_scene(clean, settings.scene)
    events = find_events(clean, scene, settings.events)
    signals = signals_table(clean, scene, events.table, settings.signals.cutoff_hz)
    body = Body(clean.poses)
    floor = Floor(body=body, height_px=body_height_px(body, scene), scene=scene)
    steps = find_steps(events.table, scene, floor, clean)
    strides = find_strides(events.table, steps, signals, scene, clean)
    cycles = stride_cycles(signals, strides, scene.passes)
    scale = find_scale(settings.scale, floor)
    flags = [*scene_flags(scene), *pose_flags(poses, clean, scene), *clean.flags, *events.flags]
    flags += clock_flags(clean, scene)
    if scene.walking and steps["valid"].any():
        walked = Walked(
            scene=scene,
            events=events.table,
            steps=steps,
            strides=strides,
            signals=signals,
            cycles=cycles,
            floor=floor,
            scale=scale,
        )
        measures = measures_table(walked)
        flags += [*scale.flags, *stride_flags(walked)]
    else:
        reason = NO_STEPS if scene.walking else scene.reason
        measures = nothing_measured(reason)
        if scene.walking:
            flags.append(Flag(level="refusal", code="no_gait", message=reason))
    return Result(
        signals=signals,
        events=events.table,
        strides=like_measures(strides, measures, scale.height_m),
        measures=measures,
        cycles=cycles,
        curves=mean_curves(cycles),
        poses=poses,
        clean=clean.poses,
        scene=scene,
        flags=tuple(flags),
        provenance={**(provenance or {}), **scale.provenance()},
        track=track,
    )


def like_measures(strides: pd.DataFrame, measures: pd.DataFrame, height_m: float | None) -> pd.DataFrame:
    """Return the strides with lengths in metres too, where there is a scale, and without what the measures withhold."""
    metres = {f"{name}_m": strides[f"{name}_bh"] * (height_m or np.nan) for name in ("step_length", "stride_length")}
    given = set(measures.loc[measures["status"] != WITHHELD, "measure"])
    withheld = [name for measure, names in STRIDE_COLUMNS_OF.items() if measure not in given for name in names]
    return strides.assign(**metres).assign(**dict.fromkeys(withheld, np.nan))
