"""The SHA-256 of files, against known ones."""

import hashlib
from pathlib import Path

from gait.hashing import sha256_of


def test_the_hash_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_hash_of_several_files_is_that_of_one_after_the_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"left")
    second.write_bytes(b"right")
    assert sha256_of(first, second) == hashlib.sha256(b"leftright").hexdigest()
