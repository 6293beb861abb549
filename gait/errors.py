"""What can go wrong, each kind with a hint for the user and the exit code of the command line."""

from __future__ import annotations

EXIT_NO_GAIT = 4
"""Of the command line, where the input is readable, but shows no person, or nobody who walks: no error, a finding."""


class GaitError(Exception):
    """A failure the user can understand: one sentence, and what to do about it.

    Parameters
    ----------
    message : str
        One sentence that names the file or the option.
    hint : str
        What to do about it; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[GaitError], tuple[str, str]]:
        # Errors cross process borders with their hint.
        return type(self), (self.message, self.hint)


class UsageError(GaitError):
    """An option, a setting or a combination of them is wrong."""

    exit_code = 2


class InputError(GaitError):
    """A file cannot be read, or holds nothing that can be used."""

    exit_code = 3


class ModelUnavailableError(GaitError):
    """A model, or the package that runs it, is not on this machine."""

    exit_code = 5
