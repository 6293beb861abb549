"""Settings come from a YAML file and the options; what does not fit is refused in one sentence."""

import os
from pathlib import Path

import pytest

from gait.config import Settings, load_settings
from gait.errors import InputError, UsageError

PRESETS = sorted((Path(__file__).parents[1] / "configs").glob("*.yaml"))


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_has_its_default() -> None:
    assert load_settings() == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "analysis: {scale: {height_m: 1.8}}"))
    assert settings.analysis.scale.height_m == 1.8
    assert settings.video == Settings().video


def test_an_option_goes_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "video: {fps: 10, start_s: 1}")
    settings = load_settings(path, {"video.fps": 25.0, "video.start_s": None})
    assert settings.video.fps == 25.0
    assert settings.video.start_s == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("analysis: {signals: {cutof_hz: 5}}", "cutoff_hz"),
        ("vidoe: {fps: 5}", "analysis, pose, report, subject, video"),
        ("video: {fps: -3}", "video.fps"),
        ("video: {fps: fast}", "video.fps"),
        ("- 1\n- 2", "expected sections"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_the_valid_ones(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as caught:
        load_settings(write(tmp_path, text))
    assert "settings.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("video: {fps: .inf}", "video.fps"),
        ("video: {fps: 1.0e-9}", "video.fps"),
        ("video: {start_s: 5, end_s: 3}", "end_s, 3.*must come after.*start_s, 5"),
        ("subject: {box: [.nan, 0, 10, 10]}", "subject.box"),
        ("subject: {box: [100, 0, 10, 10]}", "left below right"),
        ("pose: {threads: 100000}", "pose.threads"),
        ("analysis: {signals: {cutoff_hz: 1.0e-9}}", "cutoff_hz"),
        ("analysis: {signals: {cutoff_hz: .nan}}", "cutoff_hz"),
        ("analysis: {scale: {height_m: 175}}", "centimetres meant.*1.75"),
        ("analysis: {scale: {height_m: .inf}}", "height_m"),
        ("analysis: {events: {method: wizard}}", "zeni.*oconnor.*wizard"),
        ("report: {person: {sex: x}}", "female"),
        ("? [a, b]\n: 1", "settings"),
        ("1: 2", "settings"),
        ("video: &v {fps: 30}", ""),
    ],
)
def test_a_value_that_nothing_can_be_measured_with_is_refused_before_the_work(
    tmp_path: Path, text: str, expected: str
) -> None:
    if not expected:
        assert load_settings(write(tmp_path, text)).video.fps == 30
        return
    with pytest.raises((UsageError, InputError), match=expected) as caught:
        load_settings(write(tmp_path, text))
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("sex", ["f", "F", "Female", "female"])
def test_sex_may_be_one_letter(sex: str) -> None:
    assert load_settings(None, {"report.person.sex": sex}).report.person.sex == "female"


def test_every_event_method_can_be_asked_for() -> None:
    from gait.analysis.events.methods import METHODS
    from gait.config import EventSettings

    assert [EventSettings(method=name).method for name in METHODS] == list(METHODS)  # type: ignore[arg-type]


def bomb() -> str:
    """Nine lists of nine each, of which the last stands for a billion names."""
    lines = ["a0: &a0 [" + ", ".join(["lol"] * 9) + "]"]
    lines += [f"a{k}: &a{k} [" + ", ".join([f"*a{k - 1}"] * 9) + "]" for k in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bomb(), "alias"),
        ("[" * 100_000, "recursion"),
        ("{a: " * 5_000, "YAML|recursion"),
        ("when: 2024-99-99", "month"),
        ("x" * 2_000_000, "too large"),
        ("!!python/object/apply:os.system [ls]", "tag"),
        ("a: &a [*a]", "alias"),
    ],
)
def test_a_file_with_settings_that_is_made_to_harm_does_none(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        load_settings(write(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_settings_are_not_waited_for_at_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match="pipe"):
        load_settings(tmp_path / "pipe.yaml")


@pytest.mark.parametrize("text", ["a: [1", "\x00", "a: b: c"])
def test_what_is_not_yaml_is_unreadable_input(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load_settings(write(tmp_path, text))


def test_a_missing_file_is_unreadable_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml"):
        load_settings(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.stem)
def test_every_preset_is_valid(preset: Path) -> None:
    load_settings(preset)


def test_the_default_preset_spells_out_the_defaults() -> None:
    default = next(p for p in PRESETS if p.stem == "default")
    assert load_settings(default) == Settings()
