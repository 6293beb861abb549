"""What is known of the pose models' own errors, which no number of strides averages out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Offset:
    """An error that all strides of a leg share.

    Attributes
    ----------
    missing_deg : float
        What is to be added to what was seen.
    sd_deg : float
        How uncertain that is, from person to person.
    """

    missing_deg: float
    sd_deg: float


UNKNOWN = Offset(missing_deg=0.0, sd_deg=3.3)
"""Curves from one camera, less their offset, differ from marker-based ones by 3.3 degrees at the knee (root mean
square; myogait 0.8.9, lateral view, n = 9); at the knee hardly the end near full extension errs."""

FAR_UNKNOWN = Offset(missing_deg=0.0, sd_deg=6.0)
"""The far leg where nobody has looked how a model sees it: with what BlazePose's lacks beyond the near one."""

SWING_KNEE: dict[str, tuple[Offset, Offset]] = {
    "blazepose": (Offset(missing_deg=5.0, sd_deg=3.5), Offset(missing_deg=10.0, sd_deg=5.0)),
    "blazepose-heavy": (Offset(missing_deg=2.5, sd_deg=3.5), Offset(missing_deg=5.0, sd_deg=5.0)),
}
"""By how much a pose model bends the near and the far knee too little in swing, and so its range over the stride.

Forty rendered walkers, slow and fast, sound and limping, children and adults (benchmarks/rendered.py): BlazePose lacks
6.7 degrees on the near side and 12.2 on the far one, and with that added is off by 2.6 and 3.5 (root mean square, of
walkers left out), whatever the speed, the size in the picture, the frame rate and the range itself; bare far legs lack
some 4 more than those in trousers. With the true joints in its place one degree is lacking. People who squat, filmed
from the side, lack 2.3 (SD 6.4; Cosoli 2026) and 5.1 (the heavy network; Yue 2026). So less is added than the rendered
walkers lack, and the intervals reach from nothing lacking to what they do. The heavy network, looked at in two clips
alone, lacks less than half of it on the far side.
"""


def swing_knee(model: str, is_near: bool) -> Offset:
    """Return what is known of the bend of a knee in swing.

    Parameters
    ----------
    model : str
        Name of the pose model, as in `PoseSequence.model`.
    is_near : bool
        Whether the leg is the one toward the camera.
    """
    if model in SWING_KNEE:
        return SWING_KNEE[model][0 if is_near else 1]
    from_video = model.startswith(("blazepose", "sapiens2", "OpenPose", "HALPE"))
    return FAR_UNKNOWN if from_video and not is_near else UNKNOWN
