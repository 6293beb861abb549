"""Equality of values that hold arrays and tables, for which `==` of Python says neither yes nor no."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def by_value(cls: type[T]) -> type[T]:
    """Let two values of a dataclass be equal where all they hold is the same; a missing number equals a missing number.

    Put it above ``@dataclass``. Fields with ``compare=False`` are left out, and such values cannot be hashed.
    """

    def equal(self: object, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented  # type: ignore[no-any-return]
        names = [field.name for field in fields(self) if field.compare]  # type: ignore[arg-type]
        return all(same(getattr(self, name), getattr(other, name)) for name in names)

    cls.__eq__ = equal  # type: ignore[method-assign,assignment]
    cls.__hash__ = None  # type: ignore[assignment]
    return cls


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same: arrays and tables by their shape and content, whatever type holds the numbers.

    Tables need the same columns in the same order; their index does not matter.
    """
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f")
    if hasattr(a, "columns") and hasattr(b, "columns"):
        return list(a.columns) == list(b.columns) and len(a) == len(b) and all(_same_column(a[c], b[c]) for c in a)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    return bool(a == b)


def _same_column(a: Any, b: Any) -> bool:
    missing = a.isna().to_numpy()
    if not np.array_equal(missing, b.isna().to_numpy()):
        return False
    return bool((a.to_numpy(dtype=object)[~missing] == b.to_numpy(dtype=object)[~missing]).all())
