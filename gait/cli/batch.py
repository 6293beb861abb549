"""The command `gait batch`: recordings in, a library of results out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gait.cli import options
from gait.cli.console import one_sentence, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gait.batch.engine import Engine
    from gait.batch.run import Summary
    from gait.library.entries import Counts, Source


@click.command()
@click.argument("place", required=False, metavar="DIR|MANIFEST.csv")
@click.option(
    "-o", "--out", metavar="LIBRARY", help="The library: a folder; made if need be, filled up if it is there."
)
@options.config
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Recordings at a time.  [default: one per core]")
@click.option("--retries", type=click.IntRange(0), default=2, show_default=True, metavar="N",
              help="How often to try again after a crash or the like.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="S",
              help="Stop a recording after S seconds.  [default: none; without progress, half an hour]")  # fmt: skip
@click.option("--memory", type=click.FloatRange(0, min_open=True), metavar="GB",
              help="Stop a recording that needs more.  [default: an equal share]")  # fmt: skip
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
              help="What carries the workers: this machine, or Ray.")  # fmt: skip
@click.option("--address", metavar="HOST:PORT", help="Of a Ray cluster.  [default: one is started here]")
@click.option(
    "--shard", metavar="I/N", help="Only the I-th of N shares, for job arrays; each with a library of its own."
)
@click.option("--at-rest", type=click.FloatRange(0), default=0, metavar="S",
              help="Leave files that were written to in the last S seconds for the next time.")  # fmt: skip
@click.option(
    "--scratch", metavar="DIR", help="Where files from elsewhere (s3://...) are held while they are measured."
)
@click.option("--status", is_flag=True, help="Say how far the library is, and do nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--retry-failed", is_flag=True, help="Also try those again that failed before.")
@click.option("--template", is_flag=True, help="Print an example of a manifest, and do nothing.")
@click.option("--log", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="json: a line for each thing that happens.")  # fmt: skip
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write metrics for Prometheus (node exporter's textfile format).")  # fmt: skip
@click.option("--after", metavar="COMMAND", help="Run this at the end, with a summary as JSON on its standard input.")
@options.quiet
@options.debug
def batch(place: str | None, out: str | None, template: bool, debug: bool, **options: Any) -> None:
    """Measure every recording of a folder or a list, and collect the results in a library.

    What is done is never done again; what failed is noted with its reason, and the rest goes on. Without DIR, the list
    of the last batch is taken up again. Exit codes: 0 all done; 1 some failed; 2 wrong usage; 130 interrupted.
    """
    if template:
        from gait.batch.manifest import TEMPLATE

        click.echo(TEMPLATE, nl=False)
        return
    with one_sentence(debug):
        from gait.errors import UsageError

        if out is None:
            raise UsageError("Where is the library?", "Give a folder with -o LIBRARY.")
        from gait.library.store import ledger_folder

        if options["status"]:
            _say_status(ledger_folder(out))
            return
        sources = _sources(place, options)
        if options["dry_run"]:
            _say_plan(ledger_folder(out), sources, options)
            return
        sys.exit(_run(out, sources, options))


def _sources(place: str | None, options: dict[str, Any]) -> Iterator[Source] | None:
    from gait.batch.find import at_rest, find_sources, parse_shard, share
    from gait.errors import UsageError

    if place is None:
        if options["config"] or options["shard"]:
            hint = "Name it: without one, the list of the last batch is taken up as it was."
            raise UsageError("--config and --shard need a folder or a list.", hint)
        return None
    found = find_sources(place, options["config"])
    if options["shard"]:
        found = share(found, place, *parse_shard(options["shard"]))
    tell = (lambda sentence: None) if options["quiet"] else say
    return at_rest(found, options["at_rest"], tell) if options["at_rest"] else found


def _run(library: str, sources: Iterator[Source] | None, options: dict[str, Any]) -> int:
    from gait.batch.run import run_batch
    from gait.cli.batch_screen import make_watcher

    threads, make_engine = _engine(options)
    with make_watcher(options["log"], quiet=options["quiet"]) as watcher:
        summary = run_batch(
            library,
            sources,
            make_engine,
            watcher=watcher,
            retries=options["retries"],
            retry_failed=options["retry_failed"],
            threads=threads,
            metrics=options["metrics"],
            after=options["after"],
            command=shlex.join(["gait", *sys.argv[1:]]),
        )
    if options["log"] == "text" and not options["quiet"]:
        _say_summary(library, summary)
    elif summary.stopped:
        say(summary.stopped)
    return summary.exit_code


def _engine(options: dict[str, Any]) -> tuple[int, Callable[[], Engine]]:
    """Return the number of threads for each worker, and what makes the engine."""
    from gait.batch.engine import LocalEngine
    from gait.batch.run import cores, default_memory_bytes, default_workers
    from gait.batch.worker import Limits
    from gait.config import load_settings
    from gait.errors import UsageError

    workers, memory, scratch = options["workers"], options["memory"], options["scratch"]
    memory_bytes = int(memory * 1e9) if memory else None
    if options["engine"] == "ray":
        from gait.batch.ray_engine import RayEngine

        limits = Limits(options["timeout"], memory_bytes)
        return 1, lambda: RayEngine(workers, limits, options["address"], scratch, 1)
    if options["address"]:
        raise UsageError("--address is of a Ray cluster.", "Add --engine ray.")
    workers = workers or default_workers(load_settings(options["config"]).pose)
    limits = Limits(options["timeout"], memory_bytes or default_memory_bytes(workers))
    threads = max(1, cores() // workers)
    return threads, lambda: LocalEngine(workers, limits, scratch, threads)


def _say_summary(library: str, summary: Summary) -> None:
    plan, counts = summary.plan, summary.counts
    if not plan.found:
        click.echo("No recording was found.")
    took = f" in {_duration(summary.seconds)}" if summary.done else ""
    click.echo(f"{summary.done} recordings measured{took}, {plan.done + summary.known} were done before.")
    _say_counts(counts)
    if summary.stopped:
        say(f"{summary.stopped} Go on with: gait batch -o {shlex.quote(library)}")
    elif summary.exit_code:
        again = f"gait batch -o {shlex.quote(library)} --retry-failed"
        say(f"Why recordings failed is in {library}/failures.csv. To try them again: {again}")
    click.echo(f"{library}/index.html")


def _say_counts(counts: Counts) -> None:
    without = f" ({counts.without_gait} without gait)" if counts.without_gait else ""
    kinds = ", ".join(f"{n} {kind}" for kind, n in counts.kinds.items())
    click.echo(
        f"The library: {counts.total} recordings; {counts.done} done{without}, "
        f"{counts.failed} failed{f' ({kinds})' if kinds else ''}, {counts.running} in hand, {counts.waiting} waiting."
    )


def _say_status(library: Path) -> None:
    from gait.library.ledger import Ledger

    with Ledger(library) as ledger:
        counts, pace = ledger.counts(), ledger.pace()
        _say_counts(counts)
        if pace is not None:
            click.echo(f"A recording took {_duration(pace[0])} of a worker on average.")
            left = counts.waiting + counts.running
            if left:
                click.echo(f"What is left takes one worker about {_duration(left * pace[0])}.")
        if counts.failed:
            for row, _ in zip(ledger.rows(("failed",)), range(5), strict=False):
                say(row.reason)


def _say_plan(library: Path, sources: Iterator[Source] | None, options: dict[str, Any]) -> None:
    from contextlib import ExitStack

    from gait.batch.driver import look_ahead
    from gait.batch.find import found_again
    from gait.library.ledger import LEDGER, Ledger

    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(library)) if (library / LEDGER).is_file() else None
        if sources is None:
            last = ledger.last_run() if ledger is not None else None
            sources = found_again(ledger.sources(last)) if ledger is not None and last is not None else iter(())
        plan = look_ahead(ledger, sources, retry_failed=options["retry_failed"])
        pace = None if ledger is None else ledger.pace()
    click.echo(f"{plan.found} recordings: {plan.done} are done, {plan.due} would be worked on.")
    words = {"joints": "from the video on", "analysis": "analysis and report, from saved joints",
             "overlay": "annotated video and report", "report": "report only"}  # fmt: skip
    for stage, n in plan.stages.items():
        if n:
            click.echo(f"  {n}: {words[stage]}")
    if plan.failed:
        click.echo(f"  {plan.failed} failed before, and would be left alone (--retry-failed).")
    if pace is not None and plan.bytes:
        click.echo(f"By those measured before, they take one worker about {_duration(plan.bytes * pace[1])}.")


def _duration(seconds: float) -> str:
    """Return a time in two units at most."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours / 24:.1f} days"
