"""The targets: what osdep is built for, with what, and where it can run.

SConstruct builds from this table, ci/setup installs what it names, and ci/test
runs all of it.  To add a platform, add a row.

As a program: targets.py packages [TARGET...] prints the Debian packages that
these targets, or all, need; targets.py cunit [TARGET...] prints "source" if one
of them compiles CUnit from source; targets.py runner TARGET prints the words
that start its programs here, one a line.
"""

import glob
import os
import shutil
import sys
from dataclasses import dataclass
from typing import Callable, Optional, Tuple


def need(*programs):
    """A row runs where all these programs are; else say which one is not."""

    def check() -> Optional[str]:
        for program in programs:
            if not shutil.which(program):
                return f"{program} is not installed"
        return None

    return check


def wine32() -> Optional[str]:
    """32-bit Windows programs need the 32-bit half of Wine's libraries."""
    missing = need("wine")()
    if missing:
        return missing
    places = ("/usr/lib/*/wine", "/usr/lib/wine", "/usr/lib*/wine", "/opt/wine*/lib/wine")
    if any(glob.glob(f"{place}/i386-windows/ntdll.dll") for place in places):
        return None
    return "this machine's Wine has no 32-bit libraries"


@dataclass(frozen=True)
class Target:
    world: str  # 'posix' or 'win32': which half of util/ is built
    cc: str
    cxx: str  # for the check that the headers are C++, too
    binutils: str = ""  # prefix of ar, ranlib, nm
    sanitize: str = ""  # as in -fsanitize=
    cflags: Tuple[str, ...] = ()
    linkflags: Tuple[str, ...] = ()
    # How CUnit is had: 'system', or 'source' (ci/get-cunit, compiled by us)
    cunit: str = "system"
    # What starts the target's programs here; nothing: they start by themselves
    runner: Tuple[str, ...] = ()
    # Why they cannot be run here; None if they can
    cannot_run: Callable[[], Optional[str]] = lambda: None
    # Debian packages that the row needs, beyond scons
    packages: Tuple[str, ...] = ()


# Wine's files stay in the build folder, its menus out of the user's, and its
# remarks to itself.
WINE = (
    "env",
    "WINEDEBUG=-all",
    "WINEPREFIX={build}/wine",
    "WINEDLLOVERRIDES=winemenubuilder.exe=d",
    "wine",
)

TARGETS = {
    "native": Target(
        world="posix",
        cc="gcc",
        cxx="g++",
        packages=("gcc", "g++", "libcunit1-dev"),
    ),
    "native-clang": Target(
        world="posix",
        cc="clang",
        cxx="clang++",
        packages=("clang", "g++", "libcunit1-dev"),
    ),
    "asan-ubsan": Target(
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="address,undefined",
        packages=("clang", "libclang-rt-dev", "g++", "libcunit1-dev"),
    ),
    "tsan": Target(
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="thread",
        packages=("clang", "libclang-rt-dev", "g++", "libcunit1-dev"),
    ),
    "windows-x86_64": Target(
        world="win32",
        cc="x86_64-w64-mingw32-gcc",
        cxx="x86_64-w64-mingw32-g++",
        binutils="x86_64-w64-mingw32-",
        cunit="source",
        runner=WINE,
        cannot_run=need("wine"),
        packages=("gcc-mingw-w64-x86-64", "g++-mingw-w64-x86-64", "dpkg-dev", "wine", "wine64"),
    ),
    "windows-i686": Target(
        world="win32",
        cc="i686-w64-mingw32-gcc",
        cxx="i686-w64-mingw32-g++",
        binutils="i686-w64-mingw32-",
        cunit="source",
        runner=WINE,
        cannot_run=wine32,
        packages=("gcc-mingw-w64-i686", "g++-mingw-w64-i686", "dpkg-dev"),
    ),
}


def runner_of(target: Target, build: str) -> Tuple[str, ...]:
    """The target's runner, with the build folder's place filled in."""
    return tuple(word.replace("{build}", build) for word in target.runner)


def main(what, *names):
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        print(f"no such target: {', '.join(unknown)} (there are {', '.join(TARGETS)})", file=sys.stderr)
        return 2
    rows = [TARGETS[name] for name in names or TARGETS]
    if what == "packages":
        print(*sorted({package for row in rows for package in row.packages}))
        return 0
    if what == "cunit":
        if any(row.cunit == "source" for row in rows):
            print("source")
        return 0
    if what == "runner":
        for word in runner_of(rows[0], os.path.abspath("build")):
            print(word)
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
