"""Settings come from a YAML file and the options; what does not fit is refused in one sentence."""

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
