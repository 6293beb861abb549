"""What the command line says of itself, and to whom it sends a reader who named the wrong thing."""

import re
from pathlib import Path

from click.testing import CliRunner

from gait.cli import main


def test_the_help_of_run_is_grouped_and_has_three_examples() -> None:
    text = CliRunner().invoke(main, ["run", "--help"]).output
    headings = ["Who and when:", "Which person, which part:", "Metres:", "Models:", "The report:", "Other:"]
    assert [text.index(heading) for heading in headings] == sorted(text.index(heading) for heading in headings)
    assert text.count("\n    gait run ") == 3
    assert text.index("--subject-id") < text.index("Metres:") < text.index("--height-m") < text.index("Models:")
    other = text.split("Other:")[1].split("Examples")[0]
    assert re.findall(r"--[a-z-]+", other) == ["--debug", "--help"]


def test_a_folder_given_to_run_names_batch(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["run", str(tmp_path)])
    assert done.exit_code == 3
    assert f"gait batch {tmp_path}" in done.stderr
