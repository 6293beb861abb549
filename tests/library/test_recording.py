"""A recording measured again: only what its new settings touch is done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gait.errors import InputError
from gait.library.card import Card, read_card
from gait.library.keys import stage_keys
from gait.library.recording import Job, OpenModels, folder_name, measure_recording

MakeJob = Callable[..., Job]
OVERLAY = {"overlay": True, "overlay_height_px": 240}


class NoModels(OpenModels):
    """For what must not need a network."""

    def get(self, *_: object) -> None:  # type: ignore[override]
        raise AssertionError("a network was asked for")


def folder_of(job: Job) -> Path:
    return Path(job.library) / job.folder


def measures(job: Job) -> pd.DataFrame:
    return pd.read_csv(folder_of(job) / "measures.csv")


def test_a_result_folder_has_everything_of_a_run_and_its_card(measured: Path, make_job: MakeJob) -> None:
    folder = folder_of(make_job(report=OVERLAY))
    names = {path.name for path in folder.iterdir()}
    assert {"report.html", "overlay.mp4", "measures.csv", "keypoints.parquet", "clean.parquet", "portrait.jpg"} <= names
    card = read_card(folder)
    assert card is not None
    assert card.made == ("joints", "analysis", "overlay", "report")
    assert (card.subject, card.session, card.refusal) == ("P-1", "2025-03-14", None)
    assert card.key_measures["cadence"] == pytest.approx(110, abs=4)
    assert card.key_measures["speed"] is None


def test_what_is_done_is_not_done_again(measured: Path, make_job: MakeJob) -> None:
    job = make_job(report=OVERLAY)
    before = {path: path.stat().st_mtime_ns for path in folder_of(job).iterdir()}
    card = measure_recording(job, NoModels())
    assert card == read_card(folder_of(job))
    assert {path: path.stat().st_mtime_ns for path in folder_of(job).iterdir()} == before


def test_a_body_height_costs_an_analysis_and_no_network(measured: Path, make_job: MakeJob) -> None:
    job = make_job(report=OVERLAY, analysis={"scale": {"height_m": 1.74}})
    before = measures(job)
    card = measure_recording(job, NoModels())
    assert card.made == ("analysis", "overlay", "report")
    speed = measures(job).set_index("measure").loc["speed", "value"]
    assert speed > 0.5
    timing = ["cadence", "stride_time", "stance"]
    was, now = (table[table["measure"].isin(timing)] for table in (before, measures(job)))
    pd.testing.assert_frame_equal(was, now, check_exact=True)


def test_an_age_costs_a_report_and_no_analysis(
    measured: Path, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gait.analysis.analyze.analyze", None)
    job = make_job(report={**OVERLAY, "person": {"age": 75, "sex": "female"}})
    before = measures(job)
    video = (folder_of(job) / "overlay.mp4").read_bytes()
    card = measure_recording(job, NoModels())
    assert card.made == ("report",)
    now = measures(job)
    assert set(now.columns) > set(before.columns)
    pd.testing.assert_frame_equal(now[before.columns], before, check_exact=True)
    assert (folder_of(job) / "overlay.mp4").read_bytes() == video
    tree = json.loads((folder_of(job) / "result.json").read_text())
    assert tree["provenance"]["settings"]["report"]["person"]["age"] == 75


def test_another_name_is_written_everywhere(measured: Path, make_job: MakeJob) -> None:
    card = measure_recording(make_job("P-2", report=OVERLAY), NoModels())
    assert (card.made, card.subject) == (("report",), "P-2")
    assert set(measures(make_job(report=OVERLAY))["subject"]) == {"P-2"}
    assert "P-2" in (folder_of(make_job()) / "report.html").read_text()


def test_without_an_annotated_video_the_old_one_goes(measured: Path, make_job: MakeJob) -> None:
    card = measure_recording(make_job(), NoModels())
    assert card.made == ("report",)
    assert not (folder_of(make_job()) / "overlay.mp4").exists()


def test_the_video_that_the_page_draws_on_is_written_where_it_is_asked_for(measured: Path, make_job: MakeJob) -> None:
    """Of a nightly batch few recordings are looked at: the room for a second video is taken only on request."""
    picture = folder_of(make_job()) / "picture.mp4"
    measure_recording(make_job(report=OVERLAY), NoModels())
    assert not picture.exists()
    card = measure_recording(make_job(report={**OVERLAY, "layers": True}), NoModels())
    assert card.made == ("overlay", "report")
    assert "data-picture" in picture.with_name("report.html").read_text(encoding="utf-8")
    film = picture.read_bytes()
    card = measure_recording(make_job(report={**OVERLAY, "layers": True, "person": {"age": 75}}), NoModels())
    assert card.made == ("report",)
    assert picture.read_bytes() == film
    measure_recording(make_job(report=OVERLAY), NoModels())
    assert not picture.exists()


def test_where_no_face_may_be_shown_there_is_no_portrait(measured: Path, make_job: MakeJob) -> None:
    assert (folder_of(make_job()) / "portrait.jpg").exists()
    measure_recording(make_job(report={"blur_face": True}), NoModels())
    assert not (folder_of(make_job()) / "portrait.jpg").exists()


def test_another_rate_of_frames_takes_the_video_again(measured: Path, make_job: MakeJob) -> None:
    with pytest.raises(AssertionError, match="network"):
        measure_recording(make_job(video={"fps": 20}), NoModels())


def test_saved_joints_that_cannot_be_read_are_found_again(measured: Path, make_job: MakeJob) -> None:
    (folder_of(make_job()) / "keypoints.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(AssertionError, match="network"):
        measure_recording(make_job("P-2"), NoModels())
    models = OpenModels()
    try:
        assert measure_recording(make_job("P-2"), models).made == ("joints", "analysis", "report")
    finally:
        models.close()


def test_a_failure_leaves_the_result_that_is_there(measured: Path, make_job: MakeJob) -> None:
    job = make_job(report=OVERLAY)
    before = read_card(folder_of(job))
    other = Job(**{**vars(job), "video": str(measured / "gone.mp4"), "sha256": "0" * 64})
    with pytest.raises(InputError):
        measure_recording(other, OpenModels())
    assert read_card(folder_of(job)) == before
    assert [p.name for p in folder_of(job).parent.iterdir()] == [folder_of(job).name]


def test_models_are_kept_for_the_same_settings_and_closed_for_others(make_job: MakeJob) -> None:
    models = OpenModels()
    job = make_job()
    first = models.get(job.settings.pose, print)
    assert models.get(make_job("P-9").settings.pose, print) is first
    assert models.get(make_job(pose={"threads": 1}).settings.pose, print) is not first
    models.close()


def test_how_many_threads_find_them_is_no_part_of_what_joints_are_made_from(make_job: MakeJob) -> None:
    jobs = [make_job(pose={"threads": n}) for n in (1, 4)]
    assert jobs[0].keys == jobs[1].keys


def test_keys_hold_those_of_the_stages_before(make_job: MakeJob) -> None:
    plain, other = make_job(), make_job(video={"fps": 20})
    assert not set(vars(plain.keys).values()) & set(vars(other.keys).values()) - {""}


def test_the_outline_ties_the_joints_to_the_score_that_is_asked_for(make_job: MakeJob) -> None:
    def joints(segment: bool, min_score: float) -> str:
        job = make_job(pose={"segment": segment}, analysis={"signals": {"min_score": min_score}})
        return stage_keys(job.sha256, job.settings, "", "").joints

    assert joints(False, 0.3) == joints(False, 0.5)
    assert joints(True, 0.3) != joints(True, 0.5)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/Gang 3 (links).MOV", "recordings/Gang_3_links-0123456789"),
        ("s3://bucket/x/Überweg.mp4", "recordings/Überweg-0123456789"),
        ("/a/..mp4", "recordings/recording-0123456789"),
        ("/a/" + "x" * 300 + ".mp4", "recordings/" + "x" * 60 + "-0123456789"),
    ],
)
def test_folders_are_named_after_the_file(path: str, name: str) -> None:
    assert folder_name(path, "0123456789abcdef") == name


def test_a_card_comes_back_as_it_was_written(measured: Path, make_job: MakeJob) -> None:
    card = read_card(folder_of(make_job()))
    assert card is not None
    assert Card.from_json(json.loads(card.to_json())) == card
    assert read_card(measured) is None
