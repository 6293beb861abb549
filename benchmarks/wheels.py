"""Can everything be installed on systems that nobody here sits at: is there a wheel of every package?

    python benchmarks/wheels.py

Asks pip, which chooses the packages as it would there, and installs nothing. Environment markers (`sys_platform ==
"win32"`) it judges by the machine it runs on: what only another system needs is not looked for.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
SYSTEMS = {
    "Windows, x86-64": ("win_amd64",),
    "macOS 14, Apple silicon": ("macosx_14_0_arm64",),
    "Linux, ARM": (
        "manylinux2014_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux_2_27_aarch64",
        "manylinux_2_28_aarch64",
    ),
}
"""The tags of wheels that install there; pip adds those of older releases for macOS only."""
PARTS = {"core": (), "with BlazePose": ("blazepose",), "with Sapiens2": ("sapiens2",)}
"""What is installed together: the extras beside the core."""


def requirements(extras: tuple[str, ...]) -> list[str]:
    """Return what pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    return list(map(str, asked))


def resolve(asked: list[str], platforms: tuple[str, ...], python: str) -> tuple[int, str]:
    """Return the number of wheels that pip would install on a system, and why none where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--no-input",
                   "--disable-pip-version-check", "--report", str(report), "--target", str(Path(folder) / "none"),
                   "--only-binary=:all:", "--python-version", python, "--implementation", "cp",
                   *(f"--platform={platform}" for platform in platforms), *asked]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return 0, re.sub(r"^ERROR: ", "", errors[0] if errors else "pip failed")[:100]
        return len(json.loads(report.read_text(encoding="utf-8"))["install"]), ""


@click.command()
@click.option("--part", "parts", multiple=True, type=click.Choice(list(PARTS)), default=("core", "with BlazePose"),
              show_default=True, help="What is looked for; Sapiens2 may download gigabytes.")  # fmt: skip
@click.option("--python", "pythons", multiple=True, default=("3.11",), show_default=True, help="Version of Python.")
def main(parts: tuple[str, ...], pythons: tuple[str, ...]) -> None:
    """Print a table; exits with 1 if a wheel of the core is missing."""
    missing = False
    for python in pythons:
        for part in parts:
            for system, platforms in SYSTEMS.items():
                count, why = resolve(requirements(PARTS[part]), platforms, python)
                missing |= part == "core" and count == 0
                click.echo(f"Python {python}  {part:<15} {system:<24} {f'{count} wheels' if count else why}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
