"""The card of a result folder: what it is the result of, and what came out, in a few words."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gait.library.keys import Keys

CARD = "recording.json"
PORTRAIT = "portrait.jpg"
RECORDINGS = "recordings"
SCHEMA = "gait.recording/1"

KEY_MEASURES = ("cadence", "speed", "stride_time", "double_support", "step_time_asymmetry")
"""Those that stand in the index of a library."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a result folder says of itself: enough to write the ledger again.

    Attributes
    ----------
    refusal : str or None
        Why there are no measures; None when there are.
    key_measures : dict
        Name to value or None, those of `KEY_MEASURES`.
    made : tuple of str
        The stages that were done for it; the others were there from before.
    seconds : float
        What that took.
    """

    id: str
    name: str
    sha256: str
    found_at: str
    size_bytes: int
    start_s: float
    end_s: float | None
    subject: str
    session: str
    keys: Keys
    refusal: str | None
    key_measures: dict[str, float | None]
    view: str | None
    duration_s: float | None
    n_frames: int | None
    model: str
    weights_sha256: str | None
    version: str
    made: tuple[str, ...]
    times_s: dict[str, float] = field(default_factory=dict)
    seconds: float
    finished_at: str
    settings: dict[str, Any]

    def to_json(self) -> str:
        """Return the card as text."""
        return json.dumps({"schema": SCHEMA, **asdict(self)})

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Card:
        """Return the card that a tree of JSON holds."""
        values = {key: value for key, value in tree.items() if key != "schema"}
        return cls(**{**values, "keys": Keys(**tree["keys"]), "made": tuple(tree["made"])})


def read_card(folder: Path) -> Card | None:
    """Return the card of a result folder; None where there is none that can be read."""
    try:
        return Card.from_json(json.loads((folder / CARD).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
