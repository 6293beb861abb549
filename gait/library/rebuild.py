"""The ledger written again from result folders: of a library that lost it, of several libraries, of loose results."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from gait.errors import InputError
from gait.folders import put_in_order as put_folder_in_order
from gait.library.card import CARD, KEY_MEASURES, RECORDINGS, Card, read_card
from gait.library.keys import Keys, recording_id
from gait.library.ledger import LEDGER, Ledger
from gait.library.store import Store


def put_in_order(ledger: Ledger) -> None:
    """Put right what a crash left: half-written folders go, and results that the ledger does not know come in.

    Only the batch that holds the library may call this.
    """
    put_folder_in_order(ledger.root)
    recordings = ledger.root / RECORDINGS
    if not recordings.is_dir():
        return
    put_folder_in_order(recordings)
    known = ledger.folders()
    folders = (folder for folder in recordings.iterdir() if not folder.name.startswith("."))
    new = (folder for folder in folders if f"{RECORDINGS}/{folder.name}" not in known)
    _adopt(ledger, (folder for folder in new if (folder / CARD).is_file()))


def put_in_order_at(ledger: Ledger, store: Store) -> set[str]:
    """Bring the ledger of a library that is somewhere else up to date, and return the results that are there."""
    there = store.folders()
    known = ledger.folders()
    with TemporaryDirectory() as scratch:
        for folder in sorted(there - known):
            for name in (CARD, "measures.csv"):
                store.fetch(f"{folder}/{name}", Path(scratch) / folder / name)
            card = read_card(Path(scratch) / folder)
            if card is not None:
                ledger.finish(card, folder, (Path(scratch) / folder / "measures.csv").read_bytes())
    return there


def pool(ledger: Ledger, places: Iterable[Path]) -> int:
    """Take results into a ledger, where they are: those of libraries with their failures, and loose ones of gait run.

    Parameters
    ----------
    ledger : Ledger
        Open for writing.
    places : iterable of Path
        Libraries, result folders, or folders of them.

    Returns
    -------
    int
        How many results were taken in.

    Raises
    ------
    InputError
        A place holds no result.
    """
    n = 0
    for place in places:
        found = _adopt(ledger, _result_folders(place))
        if (place / LEDGER).is_file() and place.resolve() != ledger.root.resolve():
            with Ledger(place) as other, ledger.together():
                for row in other.rows(("failed",)):
                    ledger.adopt_failure(row)
                    found += 1
        if not found and not (place / LEDGER).is_file():
            raise InputError(f"{place}: there is no result in it.", "Give libraries, or folders that gait run wrote.")
        n += found
    return n


def _result_folders(place: Path) -> Iterator[Path]:
    """Yield the result folders in a place, itself included."""
    for here, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if CARD in files or "result.json" in files:
            folders.clear()
            yield Path(here)


def _adopt(ledger: Ledger, folders: Iterable[Path]) -> int:
    """Take results into the ledger, unless it knows a later one of the same recording; return how many."""
    n = 0
    with ledger.together():
        for folder in folders:
            card = read_card(folder) or _card_of_loose(folder)
            if card is None or not (folder / "measures.csv").is_file():
                continue
            known = ledger.row(card.id)
            if known is None or known.card is None or known.card.finished_at <= card.finished_at:
                measures = (folder / "measures.csv").read_bytes()
                ledger.record(card, Path(os.path.relpath(folder, ledger.root)).as_posix(), measures)
            n += 1
    return n


def _card_of_loose(folder: Path) -> Card | None:
    """Return a card for a result that was not made by a batch; None where there is no result."""
    try:
        tree = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        said = tree["provenance"]
        file = said.get("recording") or said["file"]
        video = said["settings"].get("video", {})
        walking = tree["scene"]["walking"]
        both = {m["measure"]: m["value"] for m in tree["measures"] if m["side"] == "both"}
        start_s, end_s = video.get("start_s", 0.0), video.get("end_s")
        return Card(
            id=recording_id(file["sha256"], start_s, end_s),
            name=file["name"],
            sha256=file["sha256"],
            found_at=file["name"],
            size_bytes=file["size_bytes"],
            start_s=start_s,
            end_s=end_s,
            subject=said.get("subject_label") or "",
            session="",
            keys=Keys(joints="", analysis="", overlay="", report=""),
            refusal=None if walking else tree["scene"]["reason"],
            key_measures={name: both.get(name) for name in KEY_MEASURES},
            view=tree["scene"]["view"],
            duration_s=said["video"].get("duration_s"),
            n_frames=said["video"].get("n_frames_used"),
            model=said["model"].get("name", ""),
            weights_sha256=said["model"].get("weights_sha256"),
            version=said["versions"]["gait"],
            made=(),
            seconds=round(sum(said.get("times_s", {}).values()), 3),
            finished_at=said["created_at"],
            settings=said["settings"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
