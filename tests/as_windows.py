"""Run the command line without what Windows does not have, as far as that can be taken away elsewhere.

    python tests/as_windows.py analyze walk.csv --size 1280x720

Modules, functions and signals of POSIX are hidden before anything of the program is imported; the C library cannot be
opened without a name; a folder in which a file is open cannot be renamed, nor can an open file be removed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

MODULES = ("crypt", "curses", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "spwd",
           "syslog", "termios", "tty")  # fmt: skip
FUNCTIONS = ("WNOHANG", "chown", "chroot", "ctermid", "fchdir", "fchmod", "fchown", "fork", "forkpty", "geteuid",
             "getegid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority", "getresuid", "getsid",
             "getuid", "initgroups", "killpg", "lchown", "lockf", "mkfifo", "mknod", "nice", "openpty", "pathconf",
             "posix_fallocate", "posix_spawn", "pread", "pwrite", "readv", "register_at_fork", "sched_getaffinity",
             "sched_setaffinity", "sched_yield", "sendfile", "setgid", "setpgid", "setpriority", "setsid", "setuid",
             "statvfs", "sync", "sysconf", "tcgetpgrp", "wait", "wait3", "wait4", "waitid",
             "writev")  # fmt: skip
SIGNALS = ("SIGALRM", "SIGBUS", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP",
           "SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "pthread_sigmask", "setitimer", "sigwait")  # fmt: skip


class _NamedLibrary(ctypes.CDLL):
    def __init__(self, name: Any, *args: Any, **kwargs: Any) -> None:
        if name is None:
            raise TypeError("LoadLibrary() argument 1 must be str, not None")
        super().__init__(name, *args, **kwargs)


def _refuse_what_is_open(event: str, details: tuple[Any, ...]) -> None:
    if event not in ("os.rename", "os.remove"):
        return
    target = Path(os.fsdecode(details[0])).absolute()
    for link in Path("/proc/self/fd").iterdir():
        try:
            opened = link.readlink()
        except OSError:
            continue
        if opened == target or target in opened.parents:
            raise PermissionError(13, "The process cannot access the file because it is being used", str(target))


def hide() -> None:
    """Take away what Windows does not have."""
    assert shutil, subprocess  # imported before: on Windows they do without what is taken away
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in ((os, FUNCTIONS), (signal, SIGNALS)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    ctypes.CDLL = _NamedLibrary  # type: ignore[misc]
    if Path("/proc/self/fd").is_dir():
        sys.addaudithook(_refuse_what_is_open)


if __name__ == "__main__":
    hide()
    from gait.cli import main

    main(prog_name="gait")
