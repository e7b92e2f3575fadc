"""Windows: a program whose C runtime is not that of the osdep DLL.

MinGW-w64 of Debian makes programs for msvcrt.dll, Zig for the Universal CRT.
Each links with a DLL of the other, and runs under Wine: runtime-win32.c, which
looks at what a second C runtime can get wrong, and the suites that are about
descriptors, whose every test is to pass as it does with one C runtime.

For tests/embed/check: a function returns None, or why it is skipped.
"""

import glob
import os
import shutil
import subprocess

import tap
from targets import TARGETS, ZIG, missing_tools, which, words

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = f"{TOP}/build/embed/windows"
MINGW = TARGETS["windows-x86_64"]
CUNIT = f"{TOP}/build/cunit/CUnit"

# The compiler for each C runtime, and how its programs are linked.  Without
# -static-libgcc the DLL would need one of GCC's.
COMPILERS = {
    "msvcrt": [*words(MINGW.cc.split()), "-static-libgcc"],
    "ucrt": [*words([ZIG]), "cc", "-target", "x86_64-windows-gnu"],
}
OTHER = {"msvcrt": "ucrt", "ucrt": "msvcrt"}

# What is empty on Windows takes Zig a second each.
ELSEWHERE = ("-posix.c", "-linux.c", "-bsd.c", "-darwin.c")
SOURCES = [source for source in sorted(glob.glob(f"{TOP}/util/*.c")) if not source.endswith(ELSEWHERE)]

HELPERS = ("harness", "process-win32", "system-win32", "random-args", "refused")
# The suites, and what they need of util/ that the DLL does not export
SUITES = {
    "test-fd": [],
    "test-descriptors": [],
    "test-process": ["util/osdep-environment-win32.c", "util/osdep-program-win32.c", "tests/embed/step-win32.c"],
}


def missing():
    """Why none of this can be done here; None if it can."""
    if not which(ZIG):
        return "Zig is not installed"
    return missing_tools(MINGW) or MINGW.cannot_run()


def output(*command, cwd=None, env=None, timeout=600):
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, f"{' '.join(command)[:200]}: exit {done.returncode}: {done.stdout[-3000:]}"
    return done.stdout


def compile_with(runtime, program, *args):
    return output(*COMPILERS[runtime], "-O1", f"-I{TOP}", "-o", f"{BUILD}/{runtime}/{program}", *args)


def build_dll(runtime):
    """osdep-RUNTIME.dll, beside the programs of the other C runtime."""
    for name in COMPILERS:
        os.makedirs(f"{BUILD}/{name}", exist_ok=True)
    implib = f"{BUILD}/libosdep-{runtime}.dll.a"
    dll = f"{BUILD}/{OTHER[runtime]}/osdep-{runtime}.dll"
    inputs = [*SOURCES, *glob.glob(f"{TOP}/osdep/*.h"), *glob.glob(f"{TOP}/util/*.h")]
    built = os.path.exists(dll) and os.path.exists(implib) and min(os.path.getmtime(dll), os.path.getmtime(implib))
    if not built or any(os.path.getmtime(path) > built for path in inputs):
        flags = ["-DOSDEP_BUILDING_SHARED", "-shared", f"-Wl,--out-implib,{implib}"]
        compile_with(runtime, f"../{OTHER[runtime]}/osdep-{runtime}.dll", *flags, *SOURCES)
    check_runtime(dll, runtime)
    return implib


def check_runtime(path, runtime):
    """A test of two C runtimes with one is none."""
    listing = output("x86_64-w64-mingw32-objdump", "-p", path)
    imported = {line.split()[-1].lower() for line in listing.splitlines() if "DLL Name" in line}
    is_ucrt = any(name.startswith("api-ms-win-crt-") for name in imported)
    assert is_ucrt == (runtime == "ucrt") and is_ucrt != ("msvcrt.dll" in imported), (path, imported)


def run(runtime, program):
    env = {**os.environ, "OSDEP_TEST_VECTORS": "20"}
    return output(*words(MINGW.runner), f".\\{program}", cwd=f"{BUILD}/{runtime}", env=env)


def runtimes_are_told_apart(runtime):
    reason = missing()
    if reason:
        return reason
    implib = build_dll(OTHER[runtime])
    compile_with(runtime, "runtime-win32.exe", f"{TOP}/tests/embed/runtime-win32.c", implib)
    check_runtime(f"{BUILD}/{runtime}/runtime-win32.exe", runtime)
    said = run(runtime, "runtime-win32.exe")
    assert "\nnot ok" not in f"\n{said}" and said.count("ok ") >= 27, said
    return None


def suites_pass(runtime):
    reason = missing()
    if reason:
        return reason
    if not os.path.exists(f"{CUNIT}/Headers/CUnit.h"):
        return "CUnit's source is not here (ci/setup windows-x86_64)"
    implib = build_dll(OTHER[runtime])
    names = ("Framework/CUError", "Framework/MyMem", "Framework/TestDB", "Framework/TestRun", "Framework/Util")
    cunit = [f"{CUNIT}/Sources/{name}.c" for name in (*names, "Automated/Automated")]
    flags = ["-w", f"-I{TOP}/build/cunit/include", f"-I{CUNIT}/Headers", '-DVERSION="2.1-3"', "-DHAVE_LINKER_WRAP=0"]
    helpers = f"{TOP}/tests/helpers"
    compile_with(runtime, "puppet.exe", *flags, "-municode", f"{helpers}/puppet.c", f"{helpers}/puppet-win32.c")
    for program in ("error-end", "spawn-and-leave"):
        compile_with(runtime, f"{program}.exe", *flags, f"{helpers}/{program}.c", implib)
    os.makedirs(f"{BUILD}/{runtime}/examples", exist_ok=True)
    compile_with(runtime, "examples/hello.exe", *flags, f"{TOP}/examples/hello.c", implib)
    shutil.copy(f"{BUILD}/{runtime}/osdep-{OTHER[runtime]}.dll", f"{BUILD}/{runtime}/examples")
    for suite, parts in SUITES.items():
        sources = [f"{TOP}/tests/{suite}.c", f"{TOP}/tests/{suite}-win32.c"]
        sources += [f"{TOP}/{part}" for part in parts]
        sources += [f"{helpers}/{name}.c" for name in HELPERS]
        compile_with(runtime, f"{suite}.exe", *flags, *sources, *cunit, implib)
        check_runtime(f"{BUILD}/{runtime}/{suite}.exe", runtime)
        said = run(runtime, f"{suite}.exe")
        assert "\nnot ok" not in f"\n{said}" and "\nok " in said, said
    return None


def program_for_the_universal_crt_with_a_dll_for_msvcrt():
    return runtimes_are_told_apart("ucrt")


def program_for_msvcrt_with_a_dll_for_the_universal_crt():
    return runtimes_are_told_apart("msvcrt")


def suites_for_the_universal_crt_with_a_dll_for_msvcrt():
    return suites_pass("ucrt")


def suites_for_msvcrt_with_a_dll_for_the_universal_crt():
    return suites_pass("msvcrt")


TESTS = [
    program_for_the_universal_crt_with_a_dll_for_msvcrt,
    program_for_msvcrt_with_a_dll_for_the_universal_crt,
    suites_for_the_universal_crt_with_a_dll_for_msvcrt,
    suites_for_msvcrt_with_a_dll_for_the_universal_crt,
]

if __name__ == "__main__":
    raise SystemExit(tap.run(TESTS))
