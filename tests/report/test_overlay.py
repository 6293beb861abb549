"""What a viewer sees in the annotated video: which leg is which, when and where a foot lands, and what is known."""

from __future__ import annotations

import unicodedata
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from gait.columns import CURVE_COLUMNS, CYCLE_COLUMNS, EVENT_COLUMNS, MEASURE_COLUMNS, STRIDE_COLUMNS
from gait.outlines import PARTS, Outlines
from gait.report.colors import LEFT, RIGHT, rgb
from gait.report.lettering import text_mask
from gait.report.overlay import OverlayPainter, opening_row
from gait.report.readout import Readout, Strip, cadence_so_far
from gait.skeleton import INDEX, KEYPOINTS
from gait.text import speaking
from gait.types import FloatArray, ImageArray, Pass, PoseSequence, Result, Scene, SubjectTrack
from gait.video import VideoWriter, open_video

WIDTH, HEIGHT, N = 1280, 720, 60
TIME_S = np.arange(N) / 30
STRIKES = ((0.5, "left"), (1.0, "right"), (1.5, "left"))
LEFT_HEEL, RIGHT_HEEL = (760.0, 640.0), (900.0, 640.0)
BODY = {
    "nose": (840, 260), "left_shoulder": (820, 320), "right_shoulder": (840, 320), "left_elbow": (780, 390),
    "right_elbow": (880, 390), "left_wrist": (760, 450), "right_wrist": (900, 450), "left_hip": (825, 460),
    "right_hip": (835, 460), "left_knee": (790, 550), "right_knee": (870, 550), "left_ankle": (765, 620),
    "right_ankle": (895, 620), "left_heel": LEFT_HEEL, "right_heel": RIGHT_HEEL, "left_big_toe": (730, 645),
    "right_big_toe": (870, 645),
}  # fmt: skip
SHINS = {"left": (777.5, 585.0), "right": (882.5, 585.0)}


def events(*strikes: tuple[float, str], walk: int = 1) -> pd.DataFrame:
    rows = [(t, round(30 * t), side, "strike", 0.9, "combined", 0.013, walk) for t, side in strikes]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))


def someone(**changes: Any) -> Result:
    """Somebody who stands in mid-stride for two seconds, walking to the left, the left side toward the camera."""
    xy = np.full((N, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    for name, at in BODY.items():
        xy[:, INDEX[name]] = at
    poses = PoseSequence(
        time_s=TIME_S, frame=np.arange(N), xy_px=xy, score=np.isfinite(xy[..., 0]).astype(np.float32) * 0.9,
        model="drawn", width_px=WIDTH, height_px=HEIGHT,
    )  # fmt: skip
    track = SubjectTrack(
        time_s=TIME_S, frame=np.arange(N), box_px=np.tile([700.0, 220.0, 930.0, 670.0], (N, 1)), score=np.ones(N),
        background_xy_px=np.zeros((N, 2)), reason="The only person.", people=(), detector="drawn",
    )  # fmt: skip
    scene = Scene(
        view="sagittal",
        passes=(Pass(number=1, start_s=0.2, end_s=1.9, direction="left", view="sagittal", near_side="left"),),
        ground="overground", camera="fixed", off_plane_deg=0.0, walking=True, reason="",
    )  # fmt: skip
    signals = pd.DataFrame({"time_s": TIME_S, "trunk_lean_deg": 4.21, "left_knee_deg": 12.4, "right_knee_deg": np.nan})
    cadence = ("cadence", "both", 120.0, "steps/min", 2, 1.0, 118.0, 122.0, 2.8, "valid", "")
    result = Result(
        signals=signals, events=events(*STRIKES), strides=pd.DataFrame(columns=list(STRIDE_COLUMNS)),
        measures=pd.DataFrame([cadence], columns=list(MEASURE_COLUMNS)),
        cycles=pd.DataFrame(columns=list(CYCLE_COLUMNS)), curves=pd.DataFrame(columns=list(CURVE_COLUMNS)),
        poses=poses, clean=poses, scene=scene, flags=(), track=track,
    )  # fmt: skip
    return replace(result, **changes)


def grey(width: int = WIDTH, height: int = HEIGHT) -> ImageArray:
    return np.full((height * 3 // 2, width), 128, dtype=np.uint8)


def painted(result: Result, time_s: float, size: tuple[int, int] = (WIDTH, HEIGHT)) -> ImageArray:
    """One painted frame in RGB, with the readout below."""
    painter = OverlayPainter(result, size)
    image = grey(size[0], size[1] + painter.strip_px)
    i = round(time_s * 30)
    painter.paint(image, i, TIME_S[i])
    return as_rgb(image)


def as_rgb(image: ImageArray) -> ImageArray:
    y, u, v = (image[: len(image) * 2 // 3], *image.reshape(-1)[-image.size // 3 :].reshape(2, -1, image.shape[1] // 2))
    y, u, v = (cv2.resize(p, y.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(float) for p in (y, u, v))
    y, u, v = (y - 16) / 219, (u - 128) / 224 * 1.8556, (v - 128) / 224 * 1.5748
    colors = np.stack([y + v, y - (0.2126 * v + 0.0722 * u) / 0.7152, y + u], axis=-1)
    return np.clip(np.rint(255 * colors), 0, 255).astype(np.uint8)


def looks(image: ImageArray, at: tuple[float, float], color: str) -> bool:
    """Whether the picture has about this colour at a point."""
    x, y = round(at[0]), round(at[1])
    return bool(np.abs(image[y - 1 : y + 2, x - 1 : x + 2].mean(axis=(0, 1)) - rgb(color)).max() < 30)


def share_of(image: ImageArray, center: tuple[float, float], half: int, color: str) -> float:
    """How much of a square has about this colour."""
    x, y = round(center[0]), round(center[1])
    part = image[y - half : y + half, x - half : x + half].astype(int)
    return float((np.abs(part - rgb(color)).max(axis=2) < 50).mean())


def without(points: dict[str, str], n: int = N) -> Result:
    """The same, with some points unknown ("unknown") or not sure ("unsure")."""
    result = someone()
    xy, score = result.clean.xy_px.copy(), result.clean.score.copy()
    for name, how in points.items():
        score[:, INDEX[name]] = 0.0 if how == "unknown" else 0.4
        if how == "unknown":
            xy[:, INDEX[name]] = np.nan
    return replace(result, clean=replace(result.clean, xy_px=xy, score=score))


@pytest.mark.parametrize("size", [(1280, 720), (640, 360)])
def test_the_left_leg_is_blue_and_the_right_one_vermilion(size: tuple[int, int]) -> None:
    image = painted(someone(), 0.3, size)
    scale = size[0] / WIDTH
    left, right = ((scale * x, scale * y) for x, y in SHINS.values())
    assert share_of(image, left, 4, LEFT) > 0.2 > share_of(image, left, 4, RIGHT)
    assert share_of(image, right, 4, RIGHT) > 0.2 > share_of(image, right, 4, LEFT)


def test_the_near_leg_is_drawn_over_the_far_one() -> None:
    """Both shins on the same line."""
    result = someone()
    xy = result.clean.xy_px.copy()
    for name in ("knee", "ankle"):
        xy[:, INDEX[f"right_{name}"]] = xy[:, INDEX[f"left_{name}"]]
    result = replace(result, clean=replace(result.clean, xy_px=xy))
    assert looks(painted(result, 0.3), SHINS["left"], LEFT)
    away = replace(result.scene.passes[0], near_side="right")
    result = replace(result, scene=replace(result.scene, passes=(away,)))
    assert looks(painted(result, 0.3), SHINS["left"], RIGHT)


def test_an_unsure_point_is_a_thin_line_and_an_unknown_one_is_not_drawn() -> None:
    sure = share_of(painted(someone(), 0.3), SHINS["left"], 15, LEFT)
    thin = share_of(painted(without({"left_ankle": "unsure"}), 0.3), SHINS["left"], 15, LEFT)
    none = share_of(painted(without({"left_ankle": "unknown"}), 0.3), SHINS["left"], 15, LEFT)
    assert sure > 2 * thin > 0
    assert none == 0


LETTERS = (slice(650, 720), slice(700, 960))
"""Where L and R stand: below both feet."""


@pytest.mark.parametrize("strike_s", [0.5, 0.487, 0.513])
def test_a_strike_lights_up_in_the_frame_nearest_to_it_and_shortly_after(strike_s: float) -> None:
    """The frames are at 0.467, 0.5, 0.533 s; a player that jumps to the strike shows the second of them."""
    result = someone(events=events((strike_s, "left")))
    white = [(painted(result, t)[LETTERS] > 225).all(axis=2).sum() for t in (0.4667, 0.5, 0.6, 0.7667)]
    assert white[1] == white[2] > white[0] + 60
    assert white[3] == white[0]


def test_the_lamp_of_the_foot_that_lands_is_lit_in_the_strip() -> None:
    strips = [painted(someone(), t)[HEIGHT:] for t in (0.4667, 0.5, 1.0)]
    blue, orange = (
        [(np.abs(strip[:, -150:].astype(int) - rgb(color)).max(axis=2) < 40).sum() for strip in strips]
        for color in (LEFT, RIGHT)
    )
    assert blue[1] > 500 > blue[0] == blue[2]
    assert orange[2] > 500 > orange[0] == orange[1]


def test_letters_and_marks_stay_off_feet_and_joints() -> None:
    """All strikes of the walk lie under the feet as they are now, and both letters are drawn."""
    bare = without(dict.fromkeys(BODY, "unknown"))
    legs = [at for name, at in BODY.items() if name.split("_")[-1] in ("hip", "knee", "ankle", "heel", "toe")]
    with_strikes = painted(someone(), 1.6).astype(int)
    without_strikes = painted(someone(events=events()), 1.6).astype(int)
    for x, y in legs:
        around = (slice(int(y) - 6, int(y) + 7), slice(int(x) - 6, int(x) + 7))
        assert (with_strikes[around] == without_strikes[around]).all()
    nobody = painted(bare, 1.6)[:HEIGHT]
    drawn = np.abs(painted(someone(), 1.6)[:HEIGHT].astype(int) - nobody).max(axis=2) > 40
    letters = np.flatnonzero(drawn[:, 700:960].any(axis=1)).max()
    assert letters > max(y for _, y in legs) + 10


def away_from_the_feet(**changes: Any) -> Result:
    """The same, but after the strikes of the first second the joints are out of view."""
    result = someone(**changes)
    xy = result.clean.xy_px.copy()
    xy[40:] = np.nan
    return replace(result, clean=replace(result.clean, xy_px=xy), events=events((0.5, "left"), (1.0, "right")))


def test_the_places_of_the_strikes_stay_on_the_ground() -> None:
    image = painted(away_from_the_feet(), 1.6)
    assert looks(image, LEFT_HEEL, LEFT)
    assert looks(image, RIGHT_HEEL, RIGHT)


def test_the_places_move_with_the_background_when_the_camera_turns() -> None:
    """The background moves to the right by 60 pixels a second."""
    result = away_from_the_feet()
    assert result.track is not None
    drift = np.stack([60 * TIME_S, np.zeros(N)], axis=1)
    image = painted(replace(result, track=replace(result.track, background_xy_px=drift)), 1.6)
    assert looks(image, (LEFT_HEEL[0] + 66, LEFT_HEEL[1]), LEFT)
    assert looks(image, (RIGHT_HEEL[0] + 36, RIGHT_HEEL[1]), RIGHT)
    assert not looks(image, LEFT_HEEL, LEFT)
    drift[40:] = np.nan
    image = painted(replace(result, track=replace(result.track, background_xy_px=drift)), 1.6)
    assert share_of(image, (840, 640), 100, LEFT) == share_of(image, (840, 640), 100, RIGHT) == 0


def test_a_belt_keeps_no_marks_and_neither_does_the_next_pass() -> None:
    belt = away_from_the_feet()
    belt = replace(belt, scene=replace(belt.scene, ground="treadmill"))
    assert not looks(painted(belt, 1.6), LEFT_HEEL, LEFT)
    later = away_from_the_feet()
    later = replace(later, events=pd.concat([later.events, events((1.2, "left"), walk=2)]))
    image = painted(later, 1.6)
    assert looks(image, LEFT_HEEL, LEFT)
    assert not looks(image, RIGHT_HEEL, RIGHT)


def test_somebody_who_walks_toward_the_camera_hides_the_places_behind() -> None:
    """The heels of the strikes were higher up in the picture than the feet are now."""
    result = away_from_the_feet()
    assert result.track is not None
    boxes = np.tile([700.0, 400.0, 930.0, 716.0], (N, 1))
    image = painted(replace(result, track=replace(result.track, box_px=boxes)), 1.6)
    assert not looks(image, LEFT_HEEL, LEFT)
    assert not looks(image, RIGHT_HEEL, RIGHT)


def test_nothing_but_the_walker_is_touched_in_the_picture() -> None:
    image = painted(someone(), 0.53)[:HEIGHT]
    touched = (image != image[700, 20]).any(axis=2)
    touched[210:700, 690:940] = False
    assert not touched.any()


def test_it_says_when_the_subject_is_not_in_view() -> None:
    result = someone()
    nobody = replace(
        result,
        clean=replace(result.clean, xy_px=np.full_like(result.clean.xy_px, np.nan)),
        track=replace(result.track, box_px=np.full((N, 4), np.nan)),  # type: ignore[type-var]
    )
    seen, unseen = painted(result, 0.3), painted(nobody, 0.3)
    assert (unseen[:HEIGHT] == unseen[700, 20]).all()
    first_row = slice(HEIGHT, HEIGHT + 80)
    assert (seen[first_row] != unseen[first_row]).any()
    assert (unseen[first_row, 300:] > 200).mean() > 0.02, "a sentence stands in the strip"
    assert (unseen[HEIGHT + 100 :] < 60).all(), "and no number"


@pytest.mark.parametrize("size", [(1280, 720), (480, 720), (404, 720)])
def test_the_letters_of_the_strip_can_be_read_on_a_phone(size: tuple[int, int]) -> None:
    """A phone shows the video 360 pixels wide: capitals must be ten of them high there."""
    strip = painted(someone(), 0.3, size)[size[1] :]
    rows = np.flatnonzero((strip[: len(strip) // 2, : size[0] // 5].min(axis=2) > 150).any(axis=1))
    digits_px = (rows.max() - rows.min() + 1) * 360 / size[0]
    assert digits_px >= 10
    assert (len(strip) + size[1]) % 4 == 0


@pytest.mark.parametrize("size", [(64, 48), (404, 720), (96, 400), (1920, 1080)])
def test_pictures_of_any_shape_can_be_painted(size: tuple[int, int]) -> None:
    before = as_rgb(grey(*size))
    assert (painted(someone(), 0.53, size)[: size[1]] != before).any()


def test_the_numbers_are_those_of_the_moment_and_a_dash_where_there_is_none() -> None:
    readout = Readout(someone())
    known = {"trunk": "4.2° forward", "left knee": "12°"}
    assert readout.values(15, 0.5) == {"time": "0.50 s", **known, "cadence so far": "–"}
    assert readout.values(33, 1.1) == {"time": "1.10 s", **known, "cadence so far": "120 steps/min"}
    assert readout.values(0, 0.0)["trunk"] == "4.2°", "outside a pass nobody knows where forward is"


def test_what_is_never_known_has_no_place_in_the_readout() -> None:
    names = [cell.name for cell in Readout(someone()).cells]
    assert "right knee" not in names
    nothing = someone().signals.assign(left_knee_deg=np.nan, trunk_lean_deg=np.nan)
    withheld = someone().measures.assign(status="withheld")
    assert [cell.name for cell in Readout(someone(signals=nothing, measures=withheld)).cells] == ["time"]


def test_the_first_picture_is_one_of_the_walk() -> None:
    """Joints are known from 0.8 s on; the strikes are at 0.5, 1.0 and 1.5 s."""
    result = someone()
    xy = result.clean.xy_px.copy()
    xy[:24] = np.nan
    seen_late = replace(result, clean=replace(result.clean, xy_px=xy))
    assert opening_row(seen_late) == 30
    painter = OverlayPainter(seen_late, (640, 360))
    for i in (0, 30):
        painter.paint(grey(640, 360 + painter.strip_px), i, TIME_S[i])
    assert painter.poster is not None
    assert painter.poster.shape == (360, 640, 3)
    assert share_of(painter.poster, (SHINS["left"][0] / 2, SHINS["left"][1] / 2), 4, LEFT) > 0.2
    assert opening_row(replace(seen_late, events=events())) == 0


@pytest.mark.parametrize(
    ("direction", "lean_deg", "words"),
    [
        ("right", -3.0, "3.0° backward"),
        ("left", 3.0, "3.0° forward"),
        ("toward", 3.0, "3.0° to own right"),
        ("away", -3.0, "3.0° to own left"),
        ("left", np.nan, "–"),
    ],
)
def test_the_lean_says_where_to(direction: Any, lean_deg: float, words: str) -> None:
    result = someone()
    walk = replace(result.scene.passes[0], direction=direction)
    result = replace(
        result, scene=replace(result.scene, passes=(walk,)), signals=result.signals.assign(trunk_lean_deg=lean_deg)
    )
    assert Readout(result).values(15, 0.5).get("trunk", "–") == words


def test_a_withheld_cadence_is_not_shown() -> None:
    result = someone()
    withheld = result.measures.assign(status="withheld", reason="Fewer than 3 steps.")
    assert "cadence so far" not in Readout(replace(result, measures=withheld)).values(50, 1.7)


def test_cadence_so_far_counts_only_steps() -> None:
    """Two steps of 0.5 s, a strike of the left foot unseen, a step of 0.6 s, a turn, a step of 0.6 s."""
    strikes = [(0.0, "left"), (0.5, "right"), (1.0, "left"), (2.0, "left"), (2.6, "right")]
    table = pd.concat([events(*strikes), events((9.0, "left"), (9.6, "right"), walk=2)])
    time_s, cadence = cadence_so_far(table)
    expected: FloatArray = np.array([np.nan, 120, 120, 120, 180 / 1.6, 180 / 1.6, 240 / 2.2])
    np.testing.assert_allclose(time_s, [0.0, 0.5, 1.0, 2.0, 2.6, 9.0, 9.6])
    np.testing.assert_allclose(cadence, expected)


def test_no_strikes_at_all() -> None:
    result = someone(events=events())
    assert Readout(result).values(30, 1.0)["cadence so far"] == "–"
    assert looks(painted(result, 1.0), SHINS["left"], LEFT)


@pytest.mark.parametrize("sign", ["°", "–", "\N{MINUS SIGN}"])
def test_signs_that_the_font_lacks_are_drawn(sign: str) -> None:
    mask = text_mask(sign, 12.0)
    question = text_mask("?", 12.0)
    assert mask.max() > 150
    assert mask.shape != question.shape or not np.array_equal(mask, question)
    assert text_mask(f"4{sign}", 12.0).shape[1] == text_mask("4", 12.0).shape[1] + mask.shape[1]


@pytest.mark.parametrize("letter", "äöüñáéíóúÄÖÑ")
def test_letters_have_their_accents(letter: str) -> None:
    """Above a letter that is otherwise the same."""
    plain = unicodedata.normalize("NFD", letter)[0]
    mask, without_it = text_mask(letter, 20.0).astype(int), text_mask(plain, 20.0).astype(int)
    assert mask.shape == without_it.shape
    added = np.argwhere(mask - without_it > 100)
    assert len(added) > 3
    assert added[:, 0].max() < mask.shape[0] / 2


@pytest.mark.parametrize("letter", "gjpqy")
def test_letters_that_reach_below_the_line_are_whole(letter: str) -> None:
    mask = text_mask(f"ri{letter}ht", 20.0)
    assert mask[round(1.6 * 20.0) :].max() > 150
    assert mask[-1].max() == 0
    assert text_mask("ri", 20.0).shape[0] == 1.6 * 20.0


@pytest.mark.parametrize(
    ("language", "lean", "cadence"),
    [("de", "4,2° nach vorn", "120 Schritte/min"), ("es", "4,2° hacia delante", "120 pasos/min")],
)
def test_the_readout_is_in_the_language_that_is_spoken(language: str, lean: str, cadence: str) -> None:
    with speaking(language):
        readout = Readout(someone())
        values = readout.values(33, 1.1)
        strip = Strip(readout, (360, 640))
    assert values == {"time": "1,10 s", "left knee": "12°", "trunk": lean, "cadence so far": cadence}
    assert strip.height < 120


def test_the_colours_survive_in_the_written_video(tmp_path: Path) -> None:
    painter = OverlayPainter(someone(), (WIDTH, HEIGHT))
    height = HEIGHT + painter.strip_px
    with VideoWriter(
        tmp_path / "overlay.mp4", width=WIDTH, height=height, time_base=Fraction(1, 30), fps_hint=30, colorspace=1
    ) as writer:
        for i in range(20):
            image = grey(WIDTH, height)
            painter.paint(image, i, TIME_S[i])
            writer.write(image, TIME_S[i])
    *_, last = open_video(tmp_path / "overlay.mp4").frames()
    assert looks(last.image, SHINS["left"], LEFT)
    assert looks(last.image, SHINS["right"], RIGHT)


def outline(window: tuple[float, float, float, float]) -> Outlines:
    """A body with the left shin and the right below it, in a window of 320 x 400 pixels."""
    parts = np.zeros((101, 81), dtype=np.uint8)
    parts[10:60, 20:60] = PARTS.index("body")
    parts[60:90, 20:40], parts[60:90, 40:60] = PARTS.index("left_leg"), PARTS.index("right_leg")
    maps = (*[zlib.compress(parts.tobytes())] * (N - 1), b"")
    windows = np.tile(window, (N, 1))
    windows[-1] = np.nan
    return Outlines(time_s=TIME_S, window_px=windows, maps=maps, shape=parts.shape, model="drawn")


@pytest.mark.parametrize("size", [(1280, 720), (640, 360)])
def test_the_outline_is_tinted_under_the_skeleton_and_a_leg_in_the_colour_of_its_side(size: tuple[int, int]) -> None:
    result, window, scale = without(dict.fromkeys(BODY, "unknown")), (200.0, 100.0, 320.0, 400.0), size[0] / WIDTH
    bare, washed = OverlayPainter(result, size), OverlayPainter(result, size, outline(window))
    plain, tinted = (grey(size[0], size[1] + bare.strip_px) for _ in range(2))
    bare.paint(plain, 9, TIME_S[9])
    washed.paint(tinted, 9, TIME_S[9])
    before, after = as_rgb(plain).astype(int), as_rgb(tinted).astype(int)

    def change(x: float, y: float) -> Any:
        return (after - before)[round(scale * y), round(scale * x)]

    assert change(360, 240).min() > 5
    left, right = change(320, 400), change(400, 400)
    assert left[2] - left[0] > 30
    assert right[0] - right[2] > 30
    # A cell is four pixels: the body begins between the 20th and the 21st.
    assert np.abs(change(270, 240)).max() == 0
    assert change(278, 240).min() > 30
    outside = np.abs(after - before)
    y1, y2, x1, x2 = (round(scale * v) for v in (130, 466, 270, 446))
    outside[y1:y2, x1:x2] = 0
    assert outside.max() == 0


def test_an_outline_over_the_edge_of_the_picture_is_cut_off_and_nobody_leaves_no_tint() -> None:
    result = without(dict.fromkeys(BODY, "unknown"))
    bare = OverlayPainter(result, (WIDTH, HEIGHT))
    for corner in ((-150.0, -90.0), (1150.0, 500.0), (2000.0, 100.0)):
        image, plain = (grey(WIDTH, HEIGHT + bare.strip_px) for _ in range(2))
        painter = OverlayPainter(result, (WIDTH, HEIGHT), outline((*corner, 320.0, 400.0)))
        painter.paint(image, 9, TIME_S[9])
        bare.paint(plain, 9, TIME_S[9])
        assert np.array_equal(image, plain) == (corner[0] == 2000.0)
    last, plain = (grey(WIDTH, HEIGHT + bare.strip_px) for _ in range(2))
    painter.paint(last, N - 1, TIME_S[-1])
    bare.paint(plain, N - 1, TIME_S[-1])
    assert np.array_equal(last, plain)
