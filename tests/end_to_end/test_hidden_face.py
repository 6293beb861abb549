"""With the head to be hidden, no frame that is written shows it: not the annotated video, not the one beside it."""

from pathlib import Path

import numpy as np
import pytest

from gait.config import load_settings
from gait.pipeline import Outcome, run_video
from gait.video import open_video
from tests.needs import need_blazepose
from tests.truth import sample_clip, true_keypoints

GREY = (120, 126, 132)


@pytest.fixture(scope="module")
def blurred(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Two and a half seconds of the walk seen from the side."""
    need_blazepose()
    settings = load_settings(None, {"report.blur_face": True, "video.end_s": 2.5, "video.start_s": 0.8})
    return run_video(sample_clip("side_walk")[0], out=tmp_path_factory.mktemp("blurred"), settings=settings)


@pytest.mark.parametrize("name", ["overlay.mp4", "picture.mp4"])
def test_the_face_is_covered_in_every_frame_of_both_videos(blurred: Outcome, name: str) -> None:
    truth, info = true_keypoints("side_walk"), open_video(sample_clip("side_walk")[0]).info
    frames = list(open_video(blurred.folder / name).frames())
    assert len(frames) > 40
    n_seen = 0
    for frame in frames:
        row = int(np.argmin(np.abs(truth["time_s"] - frame.time_s - 0.8)))
        for point in ("left_eye", "right_eye", "left_ear"):
            x, y = (round(truth[f"{point}_{axis}"][row] * 720 / info.height_px) for axis in "xy")
            if truth[f"{point}_score"][row] > 0 and 12 < x < frame.image.shape[1] - 12:
                n_seen += 1
                around = frame.image[y - 10 : y + 11, x - 10 : x + 11].astype(int)
                # In the annotated video, the nose and a line to it are drawn over the grey.
                grey = (np.abs(around - GREY).max(axis=2) < 24).mean()
                assert grey > (0.99 if name == "picture.mp4" else 0.5), (frame.time_s, point)
    assert n_seen > 60


def test_the_page_says_whose_face_is_hidden_and_whose_is_not(blurred: Outcome) -> None:
    page = (blurred.folder / "report.html").read_text(encoding="utf-8")
    assert "The faces of other people in the picture are not." in page
    assert not (Path(blurred.folder) / "portrait.jpg").exists()
    assert 'id="people-title"' in page
    assert "everyone seen in it numbered" not in page
