"""Two visits of one person, as their results say they differ."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gait.cli import main
from gait.config import ReportSettings, VisitSettings
from gait.errors import InputError, UsageError
from gait.provenance import FileFacts
from gait.report.compare import change_in_words, changes_table, compare, read_visit
from gait.report.compare_page import in_step, write_comparison
from gait.report.files import write_tables
from gait.types import Result
from tests.report.example_results import frontal_view, no_gait, side_view


def visit(folder: Path, result: Result, *, sha: str = "a", cadence: float = 0.0, **known: str) -> Path:
    """Write a result whose cadence is so much higher than that of the example."""
    table = result.measures.copy()
    table.loc[table["measure"] == "cadence", ["value", "ci_low", "ci_high"]] += cadence
    file = FileFacts(name=f"{folder.name}.mp4", sha256=sha, size_bytes=1)
    provenance = replace(result.provenance, file=file)
    folder.mkdir()
    settings = ReportSettings(visit=VisitSettings(**known))  # type: ignore[arg-type]
    write_tables(replace(result, measures=table, provenance=provenance), folder, settings)
    return folder


def test_a_change_beyond_the_error_is_told_from_one_within_it(tmp_path: Path) -> None:
    """Cadence rises by 6 steps/min where 0.84 counts; all else is the same."""
    folders = [visit(tmp_path / "before", side_view()), visit(tmp_path / "after", side_view(), sha="b", cadence=6.0)]
    comparison = compare([read_visit(folder) for folder in folders])
    rows = {(row.name, row.side): row for row in comparison.rows}
    (cadence,) = rows["cadence", "both"].changes
    assert cadence.exceeds
    assert (cadence.by, cadence.low, cadence.high) == pytest.approx((6.0, 5.16, 6.84))
    assert change_in_words(rows["cadence", "both"], cadence) == "6.0\u00a0steps/min more (5.2–6.8)"
    (stance,) = rows["stance", "left"].changes
    assert stance.exceeds is False
    assert change_in_words(rows["stance", "left"], stance).startswith("no change (0.8\u00a0") is False
    assert comparison.conditions == ()
    table = changes_table(comparison)
    assert table.loc[table["exceeds_error"].astype(bool), "measure"].to_list() == ["cadence"]


def test_what_else_differs_comes_first(tmp_path: Path) -> None:
    folders = [
        visit(tmp_path / "a", side_view(), aid="cane", session="1"),
        visit(tmp_path / "b", side_view(), sha="b", cadence=20.0, aid="none", session="2"),
    ]
    comparison = compare([read_visit(folder) for folder in folders])
    assert [v.name for v in comparison.visits] == ["1", "2"]
    assert dict(comparison.conditions)["Walking aid"] == ("cane", "none")
    assert "Cadence" in dict(comparison.conditions)
    write_comparison(comparison, tmp_path / "compare.html")
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert page.index("Walking aid") < page.index("Changes beyond the error")


def test_what_two_views_cannot_share_is_not_compared(tmp_path: Path) -> None:
    folders = [visit(tmp_path / "a", side_view()), visit(tmp_path / "b", frontal_view(), sha="b", cadence=3.0)]
    comparison = compare([read_visit(folder) for folder in folders])
    rows = {(row.name, row.side): row for row in comparison.rows}
    assert rows["cadence", "both"].changes[0].exceeds
    assert rows["trunk_sway", "both"].changes[0].reason == "seen from another side"
    assert rows["knee_rom", "left"].changes[0].by is None


def test_a_far_leg_is_not_compared_with_a_near_one(tmp_path: Path) -> None:
    result = side_view()
    back = replace(result.scene.passes[0], direction="left", near_side="left")
    folders = [
        visit(tmp_path / "a", result),
        visit(tmp_path / "b", replace(result, scene=replace(result.scene, passes=(back,))), sha="b"),
    ]
    comparison = compare([read_visit(folder) for folder in folders])
    rows = {(row.name, row.side): row for row in comparison.rows}
    assert "far leg" in rows["knee_rom", "left"].changes[0].reason
    assert rows["step_time", "left"].changes[0].exceeds is False


def test_a_comparison_that_means_nothing_is_refused(tmp_path: Path) -> None:
    one = visit(tmp_path / "one", side_view(), subject_id="P1")
    other = visit(tmp_path / "other", side_view(), sha="b", subject_id="P2")
    again = visit(tmp_path / "again", side_view(), subject_id="P1")
    nothing = visit(tmp_path / "nothing", no_gait(), sha="c")
    with pytest.raises(UsageError, match="of another person"):
        compare([read_visit(one), read_visit(other)])
    with pytest.raises(UsageError, match="the same recording"):
        compare([read_visit(one), read_visit(again)])
    with pytest.raises(UsageError, match="two results"):
        compare([read_visit(one)])
    with pytest.raises(InputError, match="nothing was measured"):
        read_visit(nothing)
    with pytest.raises(InputError, match="holds no result"):
        read_visit(tmp_path)


def test_videos_in_step_begin_with_the_same_foot(tmp_path: Path) -> None:
    """The second recording begins with the other foot: its first strike is left out."""
    result = side_view()
    first = result.events[result.events["kind"] == "strike"]["time_s"].min()
    later = replace(result, events=result.events[result.events["time_s"] > first + 0.01])
    folders = [visit(tmp_path / "a", result), visit(tmp_path / "b", later, sha="b")]
    a, b = in_step(compare([read_visit(folder) for folder in folders]))
    assert len(a) == len(b) > 5
    assert b[0] - a[0] == pytest.approx(1.08, abs=0.01)


def test_the_command_writes_page_and_table(tmp_path: Path) -> None:
    folders = [visit(tmp_path / "a", side_view()), visit(tmp_path / "b", side_view(), sha="b", cadence=6.0)]
    done = CliRunner().invoke(main, ["compare", *map(str, folders), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "1 of " in done.output
    assert {p.name for p in (tmp_path / "out" / "compare-a-b").iterdir()} == {"compare.html", "changes.csv"}
    tree = json.loads((folders[0] / "result.json").read_text())
    (folders[0] / "result.json").write_text(json.dumps({**tree, "schema": "other"}))
    assert CliRunner().invoke(main, ["compare", *map(str, folders)]).exit_code == 3
