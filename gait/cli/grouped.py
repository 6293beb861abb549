"""Help in groups: many options, under headings that say what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click


class Grouped(click.Command):
    """A command whose help lists its options under headings.

    Attributes
    ----------
    groups : mapping
        Heading to the names of its options, without the dashes; the others come last.
    """

    groups: Mapping[str, Sequence[str]] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group."""
        options = {
            name.lstrip("-"): record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None
            for name in parameter.opts[-1:]
        }
        for heading, names in self.groups.items():
            rows = [options.pop(name) for name in names if name in options]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        if options:
            with formatter.section("Other"):
                formatter.write_dl(list(options.values()))


MEASURING: dict[str, tuple[str, ...]] = {
    "Who and when": ("subject-id", "session", "aid", "footwear", "clinician", "note", "label", "age", "sex"),
    "Which person, which part": ("subject", "box", "start", "end", "fps", "capture-fps", "size"),
    "Metres": ("height-m", "scale"),
    "Models": (
        "model", "detector", "device", "flip-test", "all-keypoints", "segment", "segment-model",
    ),
    "The report": (
        "out", "no-overlay", "embed-video", "no-video", "blur-face", "colors", "language", "fall-screen", "config",
        "quiet",
    ),
}  # fmt: skip
"""Headings of the commands that measure."""
