"""The SHA-256 of files: what a result says it was made of, and what weights must be before they are used."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(*files: Path) -> str:
    """Return the SHA-256, in hexadecimal, of a file, or of several one after the other; read piece by piece."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            hashlib.file_digest(opened, lambda: digest)
    return digest.hexdigest()
