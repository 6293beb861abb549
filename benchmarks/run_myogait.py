"""Gait events of myogait from saved joints. Run by the interpreter that has myogait (`benchmarks.rival` does so).

Reads from standard input {"methods": [name, ...], "clips": [pivot, ...]} and writes {"version": text, "events": {name:
[events, ...], ...}}. The steps and settings are those of myogait's own `run_pipeline`, up to the events.
"""

from __future__ import annotations

import json
import logging
import sys

import myogait


def main() -> None:
    """Find the events of every clip."""
    logging.disable(logging.WARNING)
    asked = json.load(sys.stdin)
    found: dict[str, list[dict[str, object]]] = {method: [] for method in asked["methods"]}
    for clip in asked["clips"]:
        data = myogait.compute_angles(myogait.normalize(clip, filters=["butterworth"]), calibrate=False)
        data = myogait.canonicalize_angle_signs(data)
        for method in asked["methods"]:
            myogait.detect_events(data, method=method, trim_standstill=False, min_cycle_duration=0.6)
            found[method].append(data["events"])
    json.dump({"version": myogait.__version__, "events": found}, sys.stdout)


if __name__ == "__main__":
    main()
