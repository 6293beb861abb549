"""Measure how a person walks from an ordinary video."""

from gait.version import __version__

__all__ = ["__version__"]
