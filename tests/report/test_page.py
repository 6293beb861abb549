import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gait.config import ReportSettings, VisitSettings
from gait.provenance import FileFacts, Provenance
from gait.report.page import render_page, write_page
from gait.types import Flag, Result
from tests.report.example_results import HOSTILE, hostile, no_gait, no_person, side_view

WHEN = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)


class Elements(HTMLParser):
    """Collects the elements of a page and its text, scripts and styles apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        # The 5 MB of plotly.js take a second to parse; what stands between script tags is no element anyway.
        self.feed(re.sub(r"(?s)<script>.*?</script>", "<script></script>", page))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _page(result: Result, *, overlay: str | None = None, subject_label: str | None = None) -> str:
    return render_page(result, overlay=overlay, subject_label=subject_label, generated_at=WHEN)


def _words(result: Result) -> str:
    return re.sub(r"\s+", " ", Elements(_page(result)).text)


def test_every_kind_of_result_makes_a_page_with_its_parts(any_result: Result) -> None:
    elements = Elements(_page(any_result))
    ids = {attributes.get("id") for _, attributes in elements.elements}
    assert any_result.scene.walking == ("cycle" in ids)
    assert {"summary", "measures", "method", "provenance", "report-data"} <= ids
    assert "Not a medical device" in elements.text
    assert not re.search(r"\bnan\b", elements.text, re.IGNORECASE)


def test_the_head_says_who_which_clip_when_and_with_what(result: Result) -> None:
    elements = Elements(_page(result, subject_label="Patient 0417"))
    for fact in ("Patient 0417", "corridor_walk.mp4", "20 Nov 2026, 09:05", "blazepose", "walking to the right", "19"):
        assert fact in elements.text


def test_nothing_on_the_page_points_to_the_network(any_result: Result) -> None:
    for tag, attributes in Elements(_page(any_result, overlay="overlay.mp4")).elements:
        for name in ("src", "href", "action", "poster"):
            assert not re.match(r"(?:[a-z]+:)?//", attributes.get(name) or ""), (tag, attributes)


def test_strings_from_outside_stay_text() -> None:
    elements = Elements(_page(hostile(), overlay="overlay.mp4", subject_label=HOSTILE))
    assert len(elements.all("script")) == 3
    assert not any("onerror" in attributes for _, attributes in elements.elements)
    assert all((image.get("src") or "").startswith("data:image/jpeg") for image in elements.all("img"))
    assert "<script>window.hacked = true</script>" in elements.text
    assert "\u202e" not in elements.text


def test_the_data_of_the_plots_is_json_that_cannot_end_its_script() -> None:
    page = _page(hostile())
    text = page.split('id="report-data">')[1].split("</script>")[0]
    assert "<" not in text
    assert {"main", "cycle", "arrays", "time", "strikes", "opening"} < set(json.loads(text))


def test_only_the_scripts_of_the_page_may_run(result: Result) -> None:
    (policy,) = [
        meta["content"] or ""
        for meta in Elements(_page(result)).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "http" not in policy


def test_a_withheld_measure_prints_its_reason(result: Result) -> None:
    assert "not measured No body height was given, so lengths have no scale." in _words(result)


def test_where_nothing_was_measured_the_reason_stands_once_in_place_of_the_table() -> None:
    text = _words(no_gait())
    assert "Nothing was measured. No gait was found." in text
    assert "not measured No gait" not in text


def test_flags_stand_before_the_curves_and_name_their_time(result: Result) -> None:
    page = _page(result)
    assert page.index("Left and right could not be told apart here.") < page.index('id="watch"')
    assert 'data-time="4.1"' in page


def test_many_warnings_do_not_push_the_video_away(result: Result) -> None:
    many = tuple(Flag(level="warning", code=f"w{k}", message=f"Warning number {k}.") for k in range(9))
    text = _words(replace(result, flags=many))
    assert "6 more" in text
    assert "Warning number 8." in text


def test_a_warning_about_many_places_is_one_line_with_links(result: Result) -> None:
    same = tuple(
        Flag(level="warning", code="sides", message=f"Sides unsure at {k}.", start_s=float(k), end_s=k + 0.5)
        for k in range(20)
    )
    text = _words(replace(result, flags=same))
    assert "Sides unsure at 0. see 0.00 s, 1.00 s" in text.replace("\u00a0", " ")
    assert "and 8 more places" in text
    assert "Sides unsure at 1." not in text


def test_without_a_video_there_is_no_player(result: Result) -> None:
    assert Elements(_page(result)).all("video") == []
    (video,) = Elements(_page(result, overlay="a b#1.mp4")).all("video")
    assert video["src"] == "a%20b%231.mp4"


def test_a_file_name_that_is_no_text_can_still_be_written(result: Result, tmp_path: Path) -> None:
    odd = replace(result, provenance=Provenance(file=FileFacts(name="walk\udce9.mp4")))
    write_page(odd, tmp_path / "report.html", overlay=None, generated_at=WHEN)
    assert "walk?.mp4" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_result_without_provenance_or_people_still_makes_a_page(result: Result) -> None:
    text = _words(replace(result, provenance=Provenance(), track=None))
    assert "not recorded" in text
    assert "Who was followed" not in text


def test_a_page_from_saved_joints_names_the_recording(result: Result) -> None:
    saved = Provenance(file=FileFacts(name="keypoints.parquet"), recording=FileFacts(name="corridor_walk.mp4"))
    text = _words(replace(result, provenance=saved))
    assert "Gait report · corridor_walk.mp4" in text


def test_the_limits_say_that_no_patient_and_no_walking_aid_has_been_checked(any_result: Result) -> None:
    limits = Elements(_page(any_result)).text.split("How it was measured, and its limits")[1]
    assert "No video of a patient has been compared with a laboratory's measurement" in limits
    assert "with a walking aid" in limits
    assert "at worst 21 and 18" in limits, "how far off somebody new may be"


def test_the_far_knee_is_marked_beside_the_near_one() -> None:
    """Filmed from the right alone, the left knee is not to be read beside the right one as if equal."""
    tiles = re.search(r'<ul class="tiles".*?</ul>', _page(side_view()), re.DOTALL)
    assert tiles is not None
    values = tiles.group().split('<span class="tile-value">')
    (far,) = [value for value in values if '<span class="ci">far leg</span>' in value]
    assert ">left<" in far
    assert "not compared: far leg" in tiles.group()


def test_who_and_when_stand_in_the_head_and_no_name_comes_from_the_file(result: Result) -> None:
    visit = VisitSettings(subject_id="P-0417", session="2", aid="cane", footwear="barefoot", note="after botulinum")
    assert result.provenance.video is not None
    video = replace(result.provenance.video, recorded_at="2026-11-19T14:03:00+01:00")
    dated = replace(result, provenance=replace(result.provenance, video=video))
    page = render_page(dated, overlay=None, subject_label=None, generated_at=WHEN, settings=ReportSettings(visit=visit))
    head = re.sub(r"<[^>]+>|\s+", " ", page.split("<header")[1].split("</header>")[0])
    for fact in ("P-0417", "cane", "barefoot", "after botulinum", "19 Nov 2026, 14:03"):
        assert fact in head
    nameless = Elements(_page(result))
    assert "<h1>Gait report</h1>" in _page(result)
    assert "Walking aid" not in nameless.text.split("Summary")[0]


def test_what_was_never_checked_stands_on_every_page(any_result: Result) -> None:
    summary = _page(any_result).split('id="summary"')[1].split("</section>")[0]
    assert "Never compared with a laboratory: patients" in summary


@pytest.mark.parametrize("make", [no_gait, no_person])
def test_a_page_without_measures_says_what_was_seen_why_not_and_how_to_film(make: Callable[[], Result]) -> None:
    page = _page(make())
    summary = page.split('id="summary"')[1].split("</section>")[0]
    for part in ("What was seen", "Why that is not enough", "How to film again", "<svg", "at least six steps"):
        assert part in summary
    assert "strides per second" not in page.split('<script type="application/json"')[0]


def test_the_reason_of_the_choice_does_not_contradict_the_steps_that_were_found(result: Result) -> None:
    assert result.track is not None
    reason = "Nobody walks through the picture; this person moves farthest. Walks: 1.2 body heights."
    contrary = replace(result, track=replace(result.track, reason=reason))
    assert "Nobody walks" not in _words(contrary)
    assert "This person moves farthest." in _words(contrary)
