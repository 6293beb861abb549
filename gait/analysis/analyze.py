"""From the joints of one person to everything measured: the order of the stages of the analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from gait.equality import by_value
from gait.errors import InputError
from gait.provenance import Provenance, ScaleFacts
from gait.signals.clean import CleanPoses, clean_poses
from gait.types import Flag, PoseSequence, Result, Scene, SubjectTrack

NO_STEPS = (
    "No walking was found that can be measured: the feet alternate, but no foot strike was sure enough, or part of a "
    "steady walk."
)


def analyze(
    poses: PoseSequence,
    settings: AnalysisSettings | None = None,
    *,
    track: SubjectTrack | None = None,
    provenance: Provenance | None = None,
) -> Result:
    """Measure how a person walks.

    Parameters
    ----------
    poses : PoseSequence
        As a model gave them.
    settings : AnalysisSettings, optional
    track : SubjectTrack, optional
        Passed on into the result; its background stands in where the poses have none.
    provenance : Provenance, optional
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
    clean = clean_poses(poses, settings.signals)
    scene = describe_scene(clean, settings.scene)
    events = find_events(clean, scene, settings.events)
    walk = measure_walk(clean, scene, events.table, settings)
    return Result(
        signals=walk.signals,
        events=events.table,
        strides=walk.strides,
        measures=walk.measures,
        cycles=walk.cycles,
        curves=walk.curves,
        poses=poses,
        clean=clean.poses,
        scene=scene,
        flags=(
            *scene_flags(scene),
            *pose_flags(poses, clean, scene),
            *clean.flags,
            *events.flags,
            *clock_flags(clean, scene),
            *walk.flags,
        ),
        provenance=replace(provenance or Provenance(), scale=walk.scale),
        track=track,
    )


@by_value
@dataclass(frozen=True, kw_only=True)
class Walk:
    """What was measured of a walk whose foot strikes and offs are known.

    Attributes
    ----------
    signals, strides, measures, cycles, curves : DataFrame
        As in `gait.types.Result`.
    scale : ScaleFacts or None
        What made metres of body heights; None without a scale.
    flags : tuple of Flag
    """

    signals: pd.DataFrame
    strides: pd.DataFrame
    measures: pd.DataFrame
    cycles: pd.DataFrame
    curves: pd.DataFrame
    scale: ScaleFacts | None
    flags: tuple[Flag, ...]


def measure_walk(
    clean: CleanPoses, scene: Scene, events: pd.DataFrame, settings: AnalysisSettings | None = None
) -> Walk:
    """Measure a walk whose foot strikes and offs are known: those that were found, or others.

    Parameters
    ----------
    clean : CleanPoses
    scene : Scene
    events : DataFrame
        The columns of `gait.columns.EVENT_COLUMNS`; each strike and off has the number of the pass it belongs to.
    settings : AnalysisSettings, optional
        Only `scale` and the low-pass of `signals` matter here.

    Returns
    -------
    Walk
        Complete also where nobody walks: every measure is withheld then, for the reason that the scene gives.

    Raises
    ------
    UsageError
        A point of the known distance is outside the picture.
    """
    settings = settings or AnalysisSettings()
    settings.scale.check_inside(clean.poses.width_px, clean.poses.height_px)
    signals = signals_table(clean, scene, events, settings.signals.cutoff_hz)
    body = Body(clean.poses)
    floor = Floor(body=body, height_px=body_height_px(body, scene), scene=scene)
    steps = find_steps(events, scene, floor, clean)
    strides = find_strides(events, steps, signals, scene, clean)
    cycles = stride_cycles(signals, strides, scene.passes)
    scale = find_scale(settings.scale, floor)
    flags: tuple[Flag, ...] = ()
    if scene.walking and steps["valid"].any():
        walked = Walked(
            scene=scene,
            events=events,
            steps=steps,
            strides=strides,
            signals=signals,
            cycles=cycles,
            floor=floor,
            scale=scale,
        )
        measures = measures_table(walked)
        flags = (*scale.flags, *stride_flags(walked))
    elif scene.walking:
        measures = nothing_measured(NO_STEPS)
        flags = (Flag(level="refusal", code="no_gait", message=NO_STEPS),)
    else:
        measures = nothing_measured(scene.reason)
    return Walk(
        signals=signals,
        strides=like_measures(strides, measures, scale.height_m),
        measures=measures,
        cycles=cycles,
        curves=mean_curves(cycles),
        scale=scale.provenance(),
        flags=flags,
    )


def like_measures(strides: pd.DataFrame, measures: pd.DataFrame, height_m: float | None) -> pd.DataFrame:
    """Return the strides with lengths in metres too, where there is a scale, and without what the measures withhold."""
    metres = {f"{name}_m": strides[f"{name}_bh"] * (height_m or np.nan) for name in ("step_length", "stride_length")}
    given = set(measures.loc[measures["status"] != WITHHELD, "measure"])
    withheld = [name for measure, names in STRIDE_COLUMNS_OF.items() if measure not in given for name in names]
    return strides.assign(**metres).assign(**dict.fromkeys(withheld, np.nan))
