"""The targets: what osdep is built for, with what, and where it can run; and the
checks, which are rows of ci/test that run on none.

SConstruct builds from this table, ci/setup installs what it names, and ci/test
runs all of it.  To add a platform, add a row.

As a program: targets.py packages [ROW...] prints the Debian packages that these
rows of ci/test, or all, need; targets.py cunit [ROW...] prints "source" if one of
them compiles CUnit from source, targets.py zig [ROW...] "zig" if one is compiled
with Zig; targets.py runner TARGET prints the words that start its programs here,
one a line.
"""

import glob
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import Callable, Optional, Tuple

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build")


def which(program: str) -> Optional[str]:
    """Where a program of the table is; its words may have {build} in them."""
    return shutil.which(program.replace("{build}", BUILD))


def need(*programs):
    """Says which of these programs is not here; None if all are."""

    def check() -> Optional[str]:
        for program in programs:
            if not which(program):
                return f"{os.path.basename(program)} is not installed"
        return None

    return check


def not_here(system):
    """For what can be linked here, and no more."""
    return lambda: f"there is no {system} here to run it"


def linux_only() -> Optional[str]:
    return None if sys.platform.startswith("linux") else "it needs Linux"


def windows_only() -> Optional[str]:
    return None if sys.platform in ("msys", "cygwin") else "it needs Windows, with MSYS2"


def x86_only() -> Optional[str]:
    return None if platform.machine() in ("x86_64", "i686") else "it needs an x86 machine"


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
    title: str  # for people
    world: str  # 'posix' or 'win32': which half of util/ is built
    cc: str
    cxx: str  # for the check that the headers are C++, too
    binutils: str = ""  # in front of ar, ranlib, nm
    nm: str = ""  # if it is called otherwise
    sanitize: str = ""  # as in -fsanitize=
    cflags: Tuple[str, ...] = ()
    linkflags: Tuple[str, ...] = ()  # of programs
    apple: bool = False  # macOS's kind of shared libraries
    # Has the linker --wrap?  Some tests put themselves in front of functions.
    wrap: bool = sys.platform != "darwin"
    # Does it run the fuzz targets with libFuzzer, and nothing else?
    fuzz: bool = False
    # How CUnit is had: 'system', or 'source' (ci/get-cunit, compiled by us)
    cunit: str = "system"
    # What starts the tests here; nothing: they start by themselves
    runner: Tuple[str, ...] = ()
    # Does the runner start also what the tests start?  An emulator must.
    emulator: bool = False
    # The test programs that can run; none: all of them
    suites: Tuple[str, ...] = ()
    # What the tests must find missing, or the row is not what it says it is
    lacks: Tuple[str, ...] = ()
    # Why it cannot be built here, or not be run; None if it can
    cannot_build: Callable[[], Optional[str]] = linux_only
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

# Fair, because threads that spin would have the others starve.
VALGRIND = (
    "valgrind",
    "-q",
    "--fair-sched=yes",
    "--track-fds=yes",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
    "--error-limit=no",
    "--num-callers=20",
)
# One log for a program and the children that it forks: with %p in its name
# valgrind opens another in each child, as a descriptor that the child can see.
VALGRIND_LOGS = "{build}/valgrind/logs"

# What the system's own compiler is called: not every system has a gcc.
CC = "gcc" if shutil.which("gcc") else "cc"
CXX = "g++" if shutil.which("g++") else "c++"
ZIG = "{build}/zig/zig"


def emulated(name, triplet, qemu, libc="", bits=""):
    """Debian's cross compiler, and QEMU's user-mode emulation to run it."""
    return Target(
        title=f"Linux {name}, glibc{bits}",
        world="posix",
        cc=f"{triplet}-gcc",
        cxx=f"{triplet}-g++",
        binutils=f"{triplet}-",
        cunit="source",
        runner=(f"qemu-{qemu}-static", "-L", f"/usr/{triplet}"),
        emulator=True,
        cannot_run=need(f"qemu-{qemu}-static"),
        packages=(f"gcc-{triplet}", f"g++-{triplet}", "qemu-user-static", "dpkg-dev"),
    )


def linked(title, triplet, system, world="posix", apple=False):
    """Zig's cross compiler: compiled and linked, and not run."""
    return Target(
        title=title,
        world=world,
        cc=f"{ZIG} cc -target {triplet}",
        cxx=f"{ZIG} c++ -target {triplet}",
        binutils=f"{ZIG} ",
        nm="llvm-nm",
        apple=apple,
        wrap=False,  # Zig refuses it
        cunit="source",
        cannot_run=not_here(system),
        packages=("dpkg-dev", "llvm"),
    )


TARGETS = {
    "native": Target(
        title=f"{platform.system()} {platform.machine()}, {CC}",
        world="posix",
        cc=CC,
        cxx=CXX,
        apple=sys.platform == "darwin",
        cannot_build=lambda: None,
        packages=("gcc", "g++", "libcunit1-dev", "gdb"),
    ),
    "native-clang": Target(
        title=f"{platform.system()} {platform.machine()}, clang",
        world="posix",
        cc="clang",
        cxx="clang++",
        apple=sys.platform == "darwin",
        cannot_build=lambda: None,
        packages=("clang", "g++", "libcunit1-dev"),
    ),
    "asan-ubsan": Target(
        title="ASan and UBSan",
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="address,undefined",
        packages=("clang", "libclang-rt-dev", "g++", "libcunit1-dev"),
    ),
    "tsan": Target(
        title="TSan",
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="thread",
        packages=("clang", "libclang-rt-dev", "g++", "libcunit1-dev"),
    ),
    "msan": Target(
        title="MSan: a C library with tables in front of it",
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="memory",
        # All that is linked in has to be instrumented, CUnit as well.
        cunit="source",
        # LLVM 14's runtime does not know the fstat() of glibc 2.33 and later, and
        # takes what it writes for uninitialised: programs that look at it, among
        # them osdep-inspect and so most tests, are left out.
        # test-ram wants memory that MSan has no shadow for.
        suites=("test-error", "test-child", "test-cmdline"),
        packages=("clang", "libclang-rt-dev", "g++", "dpkg-dev"),
    ),
    "fuzz": Target(
        title="libFuzzer, with ASan and UBSan",
        world="posix",
        cc="clang",
        cxx="clang++",
        sanitize="fuzzer-no-link,address,undefined",
        # What is not initialised is full of something, and the same each time.
        cflags=("-ftrivial-auto-var-init=pattern",),
        fuzz=True,
        packages=("clang", "libclang-rt-dev", "g++"),
    ),
    "old-kernel": Target(
        title="A kernel without the newer system calls",
        world="posix",
        cc=CC,
        cxx=CXX,
        # tests/helpers/old-kernel.c refuses them: Linux before 2.6.27
        runner=("./old-kernel",),
        lacks=("close_range", "pidfd_open", "waitid(P_PIDFD)", "pipe2"),
        packages=("gcc", "g++", "libcunit1-dev"),
    ),
    "vfork-is-fork": Target(
        title="A vfork() that is a fork()",
        world="posix",
        cc=CC,
        cxx=CXX,
        cflags=("-Dvfork=fork",),
        lacks=("vfork",),
        packages=("gcc", "g++", "libcunit1-dev"),
    ),
    "valgrind": Target(
        title="valgrind: memory and descriptors",
        world="posix",
        cc=CC,
        cxx=CXX,
        # tests/valgrind-logs reads what it finds.  The tests start osdep-run in
        # the same way; all else that they start runs as it is.
        runner=(
            "sh",
            "-c",
            f'mkdir -p "{VALGRIND_LOGS}" && '
            f'exec {" ".join(VALGRIND)} --log-file="{VALGRIND_LOGS}/${{0##*/}}.$$.log" "$0" "$@"',
        ),
        lacks=("pidfd_open", "vfork"),
        cannot_run=need("valgrind"),
        packages=("gcc", "g++", "libcunit1-dev", "valgrind", "libc6-dbg"),
    ),
    "linux-musl": Target(
        title="Linux musl, static",
        world="posix",
        cc="musl-gcc",
        cxx="g++",
        # The kernel's headers are beside glibc's, behind musl's own.
        cflags=("-idirafter", "/usr/include", "-idirafter", f"/usr/include/{platform.machine()}-linux-gnu"),
        linkflags=("-static",),
        cunit="source",
        packages=("musl-tools", "g++", "linux-libc-dev", "dpkg-dev"),
    ),
    "linux-i686": Target(
        title="Linux i686, glibc, 32-bit",
        world="posix",
        cc="i686-linux-gnu-gcc",
        cxx="i686-linux-gnu-g++",
        binutils="i686-linux-gnu-",
        # The cross compiler's C library, which a 64-bit system does not look for
        linkflags=(
            "-Wl,--dynamic-linker=/usr/i686-linux-gnu/lib/ld-linux.so.2",
            "-Wl,-rpath,/usr/i686-linux-gnu/lib",
        ),
        cunit="source",
        cannot_run=x86_only,
        packages=("gcc-i686-linux-gnu", "g++-i686-linux-gnu", "dpkg-dev"),
    ),
    "linux-aarch64": emulated("aarch64", "aarch64-linux-gnu", "aarch64"),
    "linux-armhf": emulated("armhf", "arm-linux-gnueabihf", "arm", bits=", 32-bit"),
    "linux-riscv64": emulated("riscv64", "riscv64-linux-gnu", "riscv64"),
    "linux-ppc64le": emulated("ppc64le", "powerpc64le-linux-gnu", "ppc64le"),
    "linux-s390x": emulated("s390x", "s390x-linux-gnu", "s390x", bits=", big-endian"),
    "linux-mips64el": emulated("mips64el", "mips64el-linux-gnuabi64", "mips64el"),
    "windows-x86_64": Target(
        title="Windows x86_64",
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
        title="Windows i686, 32-bit",
        world="win32",
        cc="i686-w64-mingw32-gcc",
        cxx="i686-w64-mingw32-g++",
        binutils="i686-w64-mingw32-",
        cunit="source",
        runner=WINE,
        cannot_run=wine32,
        packages=("gcc-mingw-w64-i686", "g++-mingw-w64-i686", "dpkg-dev"),
    ),
    "windows-native": Target(
        title="Windows itself, MSYS2's MinGW-w64",
        world="win32",
        cc="gcc",
        cxx="g++",
        cannot_build=windows_only,
    ),
    "windows-arm64": linked("Windows arm64", "aarch64-windows-gnu", "Windows on arm64", world="win32"),
    "macos-arm64": linked("macOS arm64", "aarch64-macos", "macOS", apple=True),
    "macos-x86_64": linked("macOS x86_64", "x86_64-macos", "macOS", apple=True),
    "freebsd-x86_64": linked("FreeBSD 14 x86_64", "x86_64-freebsd", "FreeBSD"),
    "netbsd-x86_64": linked("NetBSD 10 x86_64", "x86_64-netbsd", "NetBSD"),
    "openbsd-x86_64": linked("OpenBSD x86_64", "x86_64-openbsd", "OpenBSD"),
    "dragonfly": Target(
        title="DragonFly",
        world="posix",
        cc="cc",
        cxx="c++",
        cannot_build=lambda: "nothing here compiles for it; on a DragonFly, it is the row native",
    ),
}


def missing_tools(target: Target) -> Optional[str]:
    """Why @target cannot be built here; None if it can."""
    return target.cannot_build() or need(target.cc.split()[0], target.cxx.split()[0])()


def words(command) -> list:
    """A command of the table, with the build folder's place filled in."""
    return [word.replace("{build}", BUILD) for word in command]


@dataclass(frozen=True)
class Check:
    """A program of the build machine's that speaks TAP (tests/tap.py)."""

    title: str
    command: str  # from the top of the tree
    packages: Tuple[str, ...] = ()
    like: Tuple[str, ...] = ()  # it needs all that these rows need
    on_native: bool = False  # it looks at what the row native has built


CHECKS = {
    "model": Check(
        title="The model of fork, signals and exec",
        command="tests/model/check",
        packages=("spin", "gcc"),
    ),
    "coverage": Check(
        title="What the tests run of util/",
        command="ci/coverage",
        packages=("llvm",),
        like=("asan-ubsan", "windows-x86_64"),
    ),
    "analysis": Check(
        title="Static analysis: GCC, clang-tidy, cppcheck",
        command="ci/analysis",
        packages=("clang-tidy", "cppcheck"),
        like=("native", "native-clang", "windows-x86_64"),
    ),
    "bench": Check(
        title="The benchmarks: that they work, not how fast",
        command="bench/check",
        packages=("libglib2.0-dev", "libuv1-dev", "libpython3-dev", "python3-matplotlib", "strace", "pkg-config"),
        like=("native", "windows-x86_64"),
        on_native=True,
    ),
    "embed": Check(
        title="Strangers that embed osdep",
        command="tests/embed/check",
        packages=("abigail-tools", "binutils", "gcc-mingw-w64-i686", "make", "musl-tools", "strace"),
        like=("native", "native-clang", "windows-x86_64", "macos-arm64"),
        on_native=True,
    ),
    "house": Check(
        title="The house's own checks",
        command="ci/house",
        packages=("clang-format", "pkg-config"),
        like=("native",),
        on_native=True,
    ),
}

# The rows of ci/test --quick, and of --fuzz
QUICK = ("native", "native-clang", "windows-x86_64")
FUZZ = ("fuzz",)


def main(what, *names):
    some = {"--quick": QUICK, "--fuzz": FUZZ}
    names = [row for name in names for row in some.get(name, [name])]
    names = names or (*TARGETS, *CHECKS)
    unknown = [name for name in names if name not in TARGETS and name not in CHECKS]
    if unknown:
        print(f"no such row: {', '.join(unknown)} (there are {', '.join((*TARGETS, *CHECKS))})", file=sys.stderr)
        return 2
    checks = [CHECKS[name] for name in names if name in CHECKS]
    names = (*(name for name in names if name in TARGETS), *(name for check in checks for name in check.like))
    rows = [TARGETS[name] for name in names]
    if what == "packages":
        print(*sorted({package for row in (*rows, *checks) for package in row.packages}))
    elif what == "cunit":
        print(*{"source" for row in rows if row.cunit == "source"})
    elif what == "zig":
        print(*{"zig" for row in rows if ZIG in row.cc})
    elif what == "runner":
        print(*words(rows[0].runner), sep="\n")
    else:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
