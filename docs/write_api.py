"""Write docs/api.md from the docstrings of the public names: `python docs/write_api.py`."""

import re
import subprocess
import sys
from pathlib import Path

from griffe import GriffeLoader, Object, Parser
from griffe2md import ConfigDict, render_object_docs

PAGE = Path(__file__).with_name("api.md")
GROUPS = {
    "From a video, or joints, to a result": (
        "run",
        "analyze",
        "events",
        "load",
        "save",
        "open_video",
        "read_keypoints",
    ),
    "The package movement": ("to_movement", "from_movement"),
    "Step by step": ("clean_poses", "describe_scene", "find_events", "measure_walk"),
    "Values": (
        *("Outcome", "Result", "PoseSequence", "CleanPoses", "Scene", "Pass", "Events", "Walk", "Flag", "Provenance"),
        *("SubjectTrack", "PersonSeen", "Roll", "VideoInfo", "Clip"),
        *(f"provenance.{n}" for n in ("Origin", "FileFacts", "VideoFacts", "ModelFacts", "OutlineFacts", "ScaleFacts")),
        "provenance.SettingsUsed",
    ),
    "Settings": ("Settings", "AnalysisSettings", "load_settings"),
    "Names": ("KEYPOINTS", "EVENT_COLUMNS", "STRIDE_COLUMNS", "CYCLE_COLUMNS", "MEASURES", "SIGNALS", "__version__"),
    "Errors": ("GaitError", "InputError", "UsageError", "ModelUnavailableError"),
}
STYLE: ConfigDict = {
    "heading_level": 3,
    "show_root_full_path": False,
    "show_root_members_full_path": False,
    "show_object_full_path": False,
    "show_signature_annotations": True,
    "show_if_no_docstring": False,
    "docstring_section_style": "list",
    "summary": False,
    "inherited_members": False,
    "filters": ["!^_", "!^model_config$"],
}


def render() -> str:
    """Return the page."""
    loader = GriffeLoader(docstring_parser=Parser.numpy)
    package = loader.load("gait")
    loader.resolve_aliases(implicit=True, external=False)
    parts = ["# `import gait`", "Written by docs/write_api.py from the docstrings.", _docstring(package)]
    for group, names in GROUPS.items():
        parts.append(f"## {group}")
        parts += [_section(name, package[name]) for name in names]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _section(name: str, found: Object) -> str:
    known = found.final_target if found.is_alias else found  # type: ignore[attr-defined]
    if known.is_attribute:
        return f"### `{name}`\n\n{_docstring(known)}"
    text = render_object_docs(known, STYLE, format_md=True)
    # Its links lead to places that the page does not have.
    text = re.sub(r"\[([^\]\[]+)\]\(#[^)]*\)", r"\1", text)
    text = re.sub(r" –$", "", text.replace("\\", ""), flags=re.MULTILINE)
    return re.sub(r"```python\n(.+)\n```", lambda found: f"```python\n{_wrapped(found[1])}\n```", text)


def _docstring(known: Object) -> str:
    text, _, example = (known.docstring.value if known.docstring else "").partition("\n>>> ")
    return f"{text}\n\n```pycon\n>>> {example}\n```" if example else text


def _wrapped(signature: str) -> str:
    """Return a signature with a line for each parameter, where it is long."""
    if not re.match(r"\w+\(", signature):
        return signature
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "-"]
    done = subprocess.run(command, input=f"def {signature}: ...", capture_output=True, text=True, check=True)
    return done.stdout.strip().removeprefix("def ").removesuffix(": ...")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
