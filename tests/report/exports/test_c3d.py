"""C3D files, read back by two libraries."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gait.errors import UsageError
from gait.export import export_result, read_recording
from gait.report.exports.c3d import write_c3d

Analyzed = Callable[..., Path]


def test_events_have_their_side_and_time(analyzed: Analyzed, tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    folder = analyzed("limp")
    (done,) = export_result(folder, ["c3d"], out=tmp_path)
    parameters = ezc3d.c3d(str(done.path))["parameters"]["EVENT"]
    events = pd.read_csv(folder / "events.csv")
    assert parameters["USED"]["value"][0] == len(events) > 10
    assert set(parameters["LABELS"]["value"]) == {"Foot Strike", "Foot Off"}
    found = zip(
        parameters["TIMES"]["value"][1], parameters["CONTEXTS"]["value"], parameters["LABELS"]["value"], strict=True
    )
    for (time_s, context, label), event in zip(found, events.itertuples(), strict=True):
        assert time_s == pytest.approx(event.time_s, abs=1e-4)
        assert context.lower() == event.side
        assert label == {"strike": "Foot Strike", "off": "Foot Off"}[event.kind]


def test_points_are_in_millimetres_and_unknown_ones_are_marked(analyzed: Analyzed, tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    c3d = pytest.importorskip("c3d")
    folder = analyzed("side_walk", with_height=True)
    (done,) = export_result(folder, ["c3d"], out=tmp_path)
    with done.path.open("rb") as file, pytest.warns(UserWarning, match="analog"):
        reader = c3d.Reader(file)
        frames = np.array([points for _, points, _ in reader.read_frames(check_nan=False)])
    assert reader.get("POINT:UNITS").string_value.strip() == "mm"
    assert reader.point_rate == 30.0
    names = [name.strip() for name in reader.point_labels]
    hip, ankle = frames[:, names.index("RHip")], frames[:, names.index("RAnkle")]
    unknown = hip[:, 3] == -1
    expected = np.isnan(read_recording(folder).points["right_hip"]).any(axis=1)
    np.testing.assert_array_equal(unknown, expected)
    assert (hip[unknown, :3] == 0).all()
    both = ~unknown & (ankle[:, 3] != -1)
    # Some 0.49 of body height (1.74 m), less what a bent knee takes off.
    assert 700 < np.median(np.linalg.norm(hip[both, :3] - ankle[both, :3], axis=1)) < 880
    assert (hip[both, 1] > ankle[both, 1]).all()


def test_more_events_than_one_list_holds(analyzed: Analyzed, tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    many = pd.DataFrame(
        {"time_s": np.arange(600) * 0.3, "side": ["left", "right"] * 300, "kind": ["strike"] * 300 + ["off"] * 300}
    )
    write_c3d(replace(read_recording(analyzed("limp")), events=many), tmp_path / "many.c3d")
    group = ezc3d.c3d(str(tmp_path / "many.c3d"))["parameters"]["EVENT"]
    times = np.concatenate([group[name]["value"][1] for name in ("TIMES", "TIMES2", "TIMES3")])
    np.testing.assert_allclose(times, many["time_s"], atol=1e-4)


def test_without_ezc3d_the_sentence_says_what_to_install(
    analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(UsageError, match=r"gait\[c3d\]"):
        export_result(analyzed("limp"), ["c3d"], out=tmp_path)
    assert not list(tmp_path.iterdir())
