"""Foot strikes of a pass seen from the front or the back."""

from __future__ import annotations

from gait.analysis.event_order import Candidate
from gait.signals.clean import CleanPoses
from gait.types import Pass


def frontal_strikes(clean: CleanPoses, pass_: Pass) -> list[Candidate]:
    return []
