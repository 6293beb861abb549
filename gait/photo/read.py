"""A photograph goes in, the joints of one person are found, and the angles come out: files, and a table to print."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gait.config import Settings
from gait.folders import portable_name, replacing, reserved
from gait.photo.files import ANNOTATED, write_json, write_picture
from gait.photo.person import find_in_picture
from gait.photo.types import PhotoReading
from gait.photo.words import seen_in_words, table
from gait.pose.model import PoseModel, canonical_only
from gait.pose.registry import device_kind, open_model
from gait.provenance import describe_file, describe_software, to_tree
from gait.subject.detect.registry import check_detector
from gait.types import PoseSequence
from gait.video.photo import open_photo
from gait.weights import Tell

NOT_WHOLE = "No joints were found: the whole body must be in the picture, a little away from its left and right edge."


@dataclass(frozen=True, kw_only=True)
class PhotoOutcome:
    """What became of one photograph.

    Attributes
    ----------
    json : Path
        With the angles, or why there are none.
    picture : Path or None
        The annotated picture.
    readout : PhotoReading or None
    refusal : str or None
        Why there are no angles, in one sentence; None when there are.
    text : str
        The readout for a terminal.
    """

    json: Path
    picture: Path | None
    readout: PhotoReading | None
    refusal: str | None
    text: str


class PhotoReader:
    """Reads photographs, all with one pose model, which is opened with the first. A context manager.

    Parameters
    ----------
    settings : Settings, optional
    tell : callable, optional
        Told which model was chosen and why, and what is fetched.
    """

    def __init__(self, settings: Settings | None = None, tell: Tell | None = None) -> None:
        self._settings = settings or Settings()
        # One picture is the work of one thread.
        self._pose = self._settings.pose.model_copy(update={"threads": 1})
        self._tell = tell
        self._open = contextlib.ExitStack()
        self._model: PoseModel | None = None

    def __enter__(self) -> PhotoReader:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._open.close()

    def read(self, image: Path, *, out: Path = Path("reports")) -> PhotoOutcome:
        """Find the largest person in a photograph, and write the angles of the joints.

        Parameters
        ----------
        image : Path
        out : Path
            The files go into a folder of its own in here, named after the photograph.

        Returns
        -------
        PhotoOutcome
            Also where nobody was found: then `refusal` says why.

        Raises
        ------
        GaitError
            The picture cannot be read (InputError), a setting does not fit (UsageError), or a model is not here
            (ModelUnavailableError).
        """
        check_detector(self._settings.subject.detector)
        photo = open_photo(image)
        source = describe_file(image)
        stem = portable_name(image.stem)
        json_name, picture_name = f"{stem}.json", f"{stem}{ANNOTATED}"
        with reserved(out, stem, source.sha256, json_name) as folder:
            model = self._opened()
            track = find_in_picture(
                photo.rgb, self._settings.subject, confirm=model.check_person, device=device_kind(self._pose)
            )
            poses: PoseSequence | None = None
            readout: PhotoReading | None = None
            refusal: str | None = track.reason
            if np.isfinite(track.box_px).all():
                from gait.photo.angles import known_points, read_photo

                min_score = self._settings.analysis.signals.min_score
                poses = known_points(canonical_only(model.estimate(photo, track)), min_score)
                refusal = None if np.isfinite(poses.xy_px).any() else NOT_WHOLE
                readout = None if refusal else read_photo(poses, min_score)
            several = track.reason if len(track.people) > 1 else ""
            provenance: dict[str, Any] = {
                "file": to_tree(source),
                "model": to_tree(model.provenance()),
                "detector": track.detector,
                "settings": self._settings.model_dump(mode="json", include={"subject", "pose", "analysis"}),
                **describe_software(),
            }
            with replacing(folder, json_name, f"*{ANNOTATED}") as fresh:
                size = (photo.info.width_px, photo.info.height_px)
                write_json(
                    fresh / json_name,
                    provenance=provenance,
                    size_px=size,
                    track=track,
                    poses=poses,
                    readout=readout,
                    refusal=refusal,
                )
                if poses is not None and readout is not None:
                    write_picture(fresh / picture_name, photo.rgb, poses, readout, several)
        if readout is None:
            return PhotoOutcome(json=folder / json_name, picture=None, readout=None, refusal=refusal, text="")
        head = f"{image}: {seen_in_words(readout)}. {track.reason}"
        return PhotoOutcome(
            json=folder / json_name,
            picture=folder / picture_name,
            readout=readout,
            refusal=None,
            text="\n".join([head, table(readout), *readout.notes]),
        )

    def _opened(self) -> PoseModel:
        if self._model is None:
            self._model = self._open.enter_context(open_model(self._pose, self._tell))
        return self._model
