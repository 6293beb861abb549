"""Results are moved into place at the end, and nothing already written is lost."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gait import folders
from gait.errors import InputError
from gait.folders import EXPORTS, portable_name, replacing, replacing_file, reserved


def write(fresh: Path, sha256: str, text: str = "good") -> None:
    (fresh / "report.html").write_text(text)
    (fresh / "result.json").write_text(json.dumps({"provenance": {"file": {"sha256": sha256}}}))


def report(folder: Path, sha256: str, text: str = "good") -> None:
    with replacing(folder) as fresh:
        write(fresh, sha256, text)


def chosen(parent: Path, name: str, sha256: str) -> str:
    with reserved(parent, name, sha256) as folder:
        return folder.name


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_folder_appears_only_when_the_block_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    with replacing(folder) as fresh:
        (fresh / "report.html").write_text("half")
        assert not folder.exists()
    assert (folder / "report.html").read_text() == "half"
    assert [p.name for p in tmp_path.iterdir()] == ["walk"]


def test_a_failure_leaves_the_last_good_result_and_no_rubbish(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a")
    with pytest.raises(RuntimeError), replacing(tmp_path / "walk") as fresh:
        (fresh / "report.html").write_text("half")
        raise RuntimeError
    assert (tmp_path / "walk" / "report.html").read_text() == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["walk"]


def test_notes_that_somebody_put_into_the_folder_stay(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a", "old")
    (tmp_path / "walk" / "notes.txt").write_text("left knee replaced in spring")
    report(tmp_path / "walk", "a", "new")
    assert (tmp_path / "walk" / "notes.txt").read_text() == "left knee replaced in spring"
    assert (tmp_path / "walk" / "report.html").read_text() == "new"


def test_another_recording_of_the_same_name_gets_its_own_folder(tmp_path: Path) -> None:
    report(tmp_path / "IMG_0001", "first patient")
    assert chosen(tmp_path, "IMG_0001", "first patient") == "IMG_0001"
    assert chosen(tmp_path, "IMG_0001", "second patient") == "IMG_0001-2"
    report(tmp_path / "IMG_0001-2", "second patient")
    assert chosen(tmp_path, "IMG_0001", "second patient") == "IMG_0001-2"
    assert chosen(tmp_path, "IMG_0001", "third patient") == "IMG_0001-3"


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "holiday.jpg").write_text("")
    assert chosen(tmp_path, "walk", "a") == "walk-2"


def test_a_result_that_a_crash_left_between_two_names_comes_back(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a")
    (tmp_path / "walk").rename(tmp_path / ".previous-walk")
    with reserved(tmp_path, "other", "b"):
        assert (tmp_path / "walk" / "report.html").read_text() == "good"
    assert chosen(tmp_path, "walk", "a") == "walk"
    assert names_in(tmp_path) == ["walk"]


@pytest.mark.parametrize("sha256", ["same", "another"])
def test_two_who_want_the_same_folder_at_once_get_two(tmp_path: Path, sha256: str) -> None:
    """Two patients, or one recording measured twice at the same time: both reports are there in the end."""
    (tmp_path / "out").mkdir()
    ready, chosen = threading.Barrier(2, timeout=10), []

    def run(mine: str) -> None:
        with reserved(tmp_path / "out", "IMG", mine) as folder:
            ready.wait()
            with replacing(folder) as fresh:
                write(fresh, mine, folder.name)
            chosen.append(folder)

    runs = [threading.Thread(target=run, args=(each,)) for each in ("same", sha256)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert names_in(tmp_path / "out") == ["IMG", "IMG-2"]
    assert sorted(folder.name for folder in chosen) == ["IMG", "IMG-2"]
    assert all((folder / "report.html").read_text() == folder.name for folder in chosen)


def test_a_folder_that_somebody_writes_to_is_not_written_to_by_another(tmp_path: Path) -> None:
    said: list[str] = []

    def second() -> None:
        try:
            report(tmp_path / "walk", "b", "second")
        except InputError as error:
            said.append(str(error))

    with replacing(tmp_path / "walk") as fresh:
        other = threading.Thread(target=second)
        other.start()
        other.join()
        write(fresh, "a", "first")
    assert "another process is writing" in said[0]
    assert (tmp_path / "walk" / "report.html").read_text() == "first"
    assert names_in(tmp_path) == ["walk"]


BUSY = """
import sys, time
from pathlib import Path
from gait.folders import replacing, reserved
with reserved(Path(sys.argv[1]), "walk", "a") as folder, replacing(folder) as fresh:
    (fresh / "report.html").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_leaves_is_removed_and_what_a_living_one_makes_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY, str(tmp_path)], stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == "ready\n"
        report(tmp_path / "other", "b")
        assert (tmp_path / ".unfinished-walk" / "report.html").read_text() == "half"
        with reserved(tmp_path, "walk", "a") as folder:
            assert folder.name == "walk-2"
        busy.kill()
    assert names_in(tmp_path) == [".reserved-walk", ".unfinished-walk", "other"]
    report(tmp_path / "other", "b")
    assert names_in(tmp_path) == ["other"]


def interrupt_at(line: int, strike: Callable[[], None]) -> Any:
    """Return a trace function that strikes when this many lines of the module have run."""
    left = [line]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != folders.__file__:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                strike()
        return trace

    return trace


@contextlib.contextmanager
def striking(line: int, strike: Callable[[], None]) -> Iterator[None]:
    sys.settrace(interrupt_at(line, strike))
    try:
        yield
    finally:
        sys.settrace(None)


def killed() -> None:
    os._exit(9)


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("strike", [killed, interrupted])
def test_whenever_the_plug_is_pulled_there_is_one_whole_result(tmp_path: Path, strike: Callable[[], None]) -> None:
    """At every single line: the old result or the new one, with the notes, and nothing left over after the next run."""
    out = tmp_path / "out"
    report(tmp_path / "before" / "walk", "a", "old")
    (tmp_path / "before" / "walk" / "overlay.mp4").write_text("old")
    (tmp_path / "before" / "walk" / "notes.txt").write_text("left knee replaced")
    survived = False
    line = 0
    while not survived:
        line += 1
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(tmp_path / "before", out)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), striking(line, strike):
                with reserved(out, "walk", "a") as folder, replacing(folder, "overlay.mp4") as fresh:
                    write(fresh, "a", "new")
                os._exit(0)
            os._exit(130)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        survived = code == 0
        left = [name for name in names_in(out) if name.startswith(".unfinished-")]
        assert strike is killed or not left, (line, left)
        with reserved(out, "other", "b"):
            pass
        assert names_in(out) == ["walk"], line
        whole = {name: (out / "walk" / name).read_text() for name in names_in(out / "walk")}
        assert whole.pop("notes.txt") == "left knee replaced", line
        text = whole["report.html"]
        assert set(whole) == {"report.html", "result.json", *(["overlay.mp4"] if text == "old" else [])}, line
        assert set(whole.values()) - {whole["result.json"]} == {text}, line
        assert not survived or text == "new"
    assert line > 100


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_sentence_and_the_old_result_stays(tmp_path: Path, code: int) -> None:
    report(tmp_path / "walk", "a")
    with (
        pytest.raises(InputError, match=r"no room left on the disk.*unchanged.*-o"),
        reserved(tmp_path, "walk", "a") as folder,
        replacing(folder) as fresh,
    ):
        (fresh / "report.html").write_text("half")
        try:
            raise OSError(code, os.strerror(code))
        except OSError as error:
            raise RuntimeError("of a library that wraps it") from error
    assert (tmp_path / "walk" / "report.html").read_text() == "good"
    assert names_in(tmp_path) == ["walk"]


def test_a_folder_that_was_made_for_nothing_does_not_stay(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), reserved(tmp_path / "deep" / "reports", "walk", "a"):
        raise RuntimeError
    assert names_in(tmp_path) == []


def test_a_share_without_locks_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with reserved(tmp_path, "walk", "a") as first:
        other = []
        thread = threading.Thread(target=lambda: other.append(chosen(tmp_path, "walk", "a")))
        thread.start()
        thread.join()
        with replacing(first) as fresh:
            write(fresh, "a")
    assert (first.name, other) == ("walk", ["walk-2"])
    assert names_in(tmp_path) == ["walk"]


def test_files_of_the_old_result_do_not_stay_and_other_peoples_do(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a")
    (tmp_path / "walk" / "overlay.mp4").write_text("of person 1")
    (tmp_path / "walk" / "letters").mkdir()
    (tmp_path / "walk" / "letters" / "doctor.txt").write_text("Dear colleague")
    with replacing(tmp_path / "walk", "overlay.mp4", "report.html") as fresh:
        write(fresh, "a", "of person 2")
    assert names_in(tmp_path / "walk") == ["letters", "report.html", "result.json"]
    assert (tmp_path / "walk" / "letters" / "doctor.txt").read_text() == "Dear colleague"


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("IMG_0001", "IMG_0001"),
        ("Gångtest Müller 步行", "Gångtest Müller 步行"),
        ("con", "_con"),
        ("COM1.backup", "_COM1.backup"),
        ("console", "console"),
        ("walk. .", "walk"),
        ("walk:2", "walk_2"),
        ("a/b\\c", "a_b_c"),
        ("..", "_"),
        (".unfinished-walk", "unfinished-walk"),
        ("tab\tbell\x07", "tab_bell_"),
        ("not\udcff utf-8", "not_ utf-8"),
        ("", "_"),
    ],
)
def test_a_folder_has_a_name_that_every_system_allows(name: str, portable: str) -> None:
    assert portable_name(name) == portable
    assert portable_name(portable) == portable


def test_a_long_name_is_cut_between_letters() -> None:
    name = portable_name("步行" * 100)
    assert 70 <= len(name.encode()) <= 80
    assert set(name) == {"步", "行"}


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="-o"), replacing(tmp_path / "file" / "walk"):
        pass


def test_exports_of_the_old_result_do_not_stay_beside_the_new_one(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a", "old")
    (tmp_path / "walk" / EXPORTS).mkdir()
    report(tmp_path / "walk", "a", "new")
    assert not (tmp_path / "walk" / EXPORTS).exists()


def test_a_failure_leaves_the_last_good_file_and_no_rubbish(tmp_path: Path) -> None:
    with replacing_file(tmp_path / "walk.trc") as fresh:
        fresh.write_text("good")
    with pytest.raises(RuntimeError), replacing_file(tmp_path / "walk.trc") as fresh:
        fresh.write_text("half")
        raise RuntimeError
    assert (tmp_path / "walk.trc").read_text() == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["walk.trc"]
