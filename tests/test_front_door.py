"""What `import gait` offers: light to import, every name there and described, and every example true."""

from __future__ import annotations

import ast
import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gait
from tests.needs import need_blazepose

ROOT = Path(__file__).parents[1]
NAMES = [name for name in gait.__all__ if name != "__version__"]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the sample videos and the report that the first example writes."""
    need_blazepose()
    pytest.importorskip("xarray")
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "sample_videos").symlink_to(ROOT / "sample_videos")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert examples("run", gait.run) > 0
        yield folder


def examples(name: str, known: object) -> int:
    """Run the examples of a docstring; the number of them."""
    runner = doctest.DocTestRunner()
    found = doctest.DocTestFinder(recurse=False).find(known, name, module=False, globs={"gait": gait})
    results = [runner.run(test) for test in found]
    assert not any(result.failed for result in results), f"the examples of {name} say otherwise"
    return sum(result.attempted for result in results)


def test_importing_it_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import gait; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stdout))
    assert {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names} == {"gait", "gait.version"}
    assert not loaded & {"asyncio", "inspect", "subprocess", "importlib.metadata"}


def test_a_light_name_brings_in_no_video_and_no_page() -> None:
    code = "import sys, gait; gait.PoseSequence, gait.KEYPOINTS, gait.InputError; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"av", "plotly", "cv2", "pandas", "scipy", "pyarrow"} & set(ast.literal_eval(done.stdout))


def test_every_name_is_there_for_people_and_for_type_checkers() -> None:
    tree = ast.parse((ROOT / "gait" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == gait._HOME
    assert {*typed, "__version__"} == set(gait.__all__)
    assert set(gait.__all__) <= set(dir(gait))
    for name in gait.__all__:
        assert getattr(gait, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        gait.walk  # noqa: B018


def test_every_name_is_described_on_the_page_of_the_interface() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^### `(\w+)`\n(.*?)(?=^##|\Z)", page))
    assert set(gait.__all__) <= set(sections)
    for name in NAMES:
        assert len(re.sub(r"(?s)```.*?```", "", sections[name]).strip()) > 15, f"{name} is not described"


def test_the_page_of_the_interface_is_written_from_the_docstrings_of_today() -> None:
    pytest.importorskip("griffe2md")
    from docs.write_api import PAGE, render

    assert render() == PAGE.read_text(encoding="utf-8"), "run: python docs/write_api.py"


@pytest.mark.parametrize("name", ["gait", *(name for name in NAMES if name != "run")])
def test_the_examples_are_true(workplace: Path, name: str) -> None:
    known = gait if name == "gait" else getattr(gait, name)
    n = examples(name, known)
    assert n or ">>>" not in (known.__doc__ or "")


def test_there_are_examples_of_all_that_is_done_most() -> None:
    for name in ("run", "analyze", "events", "load", "save", "read_keypoints", "to_movement", "from_movement"):
        assert ">>>" in getattr(gait, name).__doc__


def test_the_ten_lines_of_the_readme_run(workplace: Path) -> None:
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    done = subprocess.run([sys.executable, "-c", code], cwd=workplace, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cadence" in done.stdout


def test_the_files_that_the_readme_sends_a_newcomer_to_are_there() -> None:
    path = (ROOT / "README.md").read_text(encoding="utf-8").split("## Where to change what")[1].split("\n## ")[0]
    files = re.findall(r"\]\((gait/[\w/.]+)\)", path)
    assert len(files) >= 6
    assert all((ROOT / file).exists() for file in files)


def test_joints_of_any_kind_are_measured_alike(workplace: Path) -> None:
    saved = Path("reports/side_walk/keypoints.parquet")
    poses = gait.read_keypoints(saved)
    by_path, by_poses, by_dataset = (
        gait.analyze(joints, height_m=1.75) for joints in (saved, poses, gait.to_movement(poses))
    )
    assert by_path.measures.equals(by_poses.measures)
    assert by_dataset.measures.equals(by_poses.measures)
    assert by_path.provenance.file is not None and by_poses.provenance.file is None
    assert by_path.measures.equals(gait.load("reports/side_walk").measures)


def test_what_is_given_goes_before_the_settings() -> None:
    settings = gait.Settings.model_validate({"analysis": {"scale": {"height_m": 1.6}, "signals": {"cutoff_hz": 5}}})
    merged = gait.load_settings(settings, {"analysis.scale.height_m": 1.8})
    assert (merged.analysis.scale.height_m, merged.analysis.signals.cutoff_hz) == (1.8, 5)
    assert settings.analysis.scale.height_m == 1.6


def test_what_holds_no_joints_is_refused_in_one_sentence() -> None:
    with pytest.raises(gait.UsageError, match=r"from a list\. Give a PoseSequence, a path or an xarray\.Dataset\.$"):
        gait.analyze([[1, 2]])  # type: ignore[arg-type]
    with pytest.raises(gait.InputError, match="nowhere: is not the folder of a result"):
        gait.load("nowhere")


def test_a_step_taken_by_hand_gives_what_analyze_gives(workplace: Path) -> None:
    """Clean, look at the scene, find events, measure: the parts are those of the whole."""
    result = gait.analyze(gait.read_keypoints("reports/side_walk/keypoints.parquet"))
    clean = gait.clean_poses(result.poses)
    scene = gait.describe_scene(clean)
    events = gait.find_events(clean, scene).table
    walk = gait.measure_walk(clean, scene, events)
    assert (clean.poses, scene) == (result.clean, result.scene)
    assert events.equals(result.events)
    for name in ("signals", "strides", "measures", "cycles", "curves"):
        assert getattr(walk, name).equals(getattr(result, name)), name


def test_events_of_another_source_are_measured(workplace: Path) -> None:
    """Strikes that all come 20 ms later, as another instrument may say: the steps last as long as before."""
    result = gait.load("reports/side_walk")
    clean = gait.clean_poses(result.poses)
    later = result.events.assign(time_s=result.events["time_s"] + 0.02)
    walk = gait.measure_walk(clean, result.scene, later)
    before, after = (
        table.set_index(["measure", "side"]).loc[("step_time", "both"), "value"]
        for table in (result.measures, walk.measures)
    )
    assert after == pytest.approx(before, abs=1e-9)
    assert not walk.strides["start_s"].equals(result.strides["start_s"])
