"""The house's check of ci/setup: what it asks of each system's installer."""

import os
import shutil
import subprocess
import sys
import tempfile

# Stands for the installers, and for what tells systems and users apart.
FAKE = r"""#!/bin/sh
name=${0##*/}
case $name in
uname) echo "$SYSTEM"; exit ;;
id) echo "$USER_ID"; exit ;;
esac
printf "%s\\n" "$name $*" >>"$LOG"
case "$name $*" in
sudo* | doas*) exec "$@" ;;
"pkgin search"*) printf '%s\n' "py27-scons-3.1.2 x" "py39-scons-4.5.2 x" "py313-scons-4.8.1nb1 x" ;;
"dpkg-query "*) echo "installed gcc gcc:amd64" ;;
*" install "* | "pkg_add "* | "pacman -S "*)
    [ ! -e "$LOG.flaky" ] || { rm "$LOG.flaky"; exit 1; }
    case "$*" in *"$LACKS"*) exit 1 ;; esac
    ln -sf "$PYTHON" "$BIN/python3.11" && ln -sf "$BIN/true" "$BIN/scons-3.11"
    ;;
esac
"""
TOOLS = "sh env dirname mkdir ls ln rm sed sort tail head grep cat tr true".split()
NEVER = "(nothing)"
CUNIT = [f"{place}/include/CUnit/CUnit.h" for place in ("/usr", "/usr/local", "/usr/pkg", "/opt/homebrew")]
ELSEWHERE = "/usr/local/bin:/usr/local/sbin:/usr/pkg/bin:/usr/pkg/sbin:/opt/homebrew/bin:/usr/sbin"


def setup(system, user, programs, lacks=NEVER, flaky=False):
    """ci/setup in a fresh tree on a fake system; its status, what it says and
    the commands that it gave, joined by commas."""
    with tempfile.TemporaryDirectory(prefix="osdep-setup-house.") as top:
        binaries, log = f"{top}/bin", f"{top}/log"
        os.makedirs(binaries)
        shutil.copytree(os.path.dirname(os.path.abspath(__file__)), f"{top}/tree/ci")
        with open(f"{top}/fake", "w", encoding="utf-8") as f:
            f.write(FAKE)
        os.chmod(f"{top}/fake", 0o700)
        for tool in TOOLS:
            os.symlink(shutil.which(tool), f"{binaries}/{tool}")
        for program in ["uname", "id", "sleep", "cc", *programs.split()]:
            os.symlink(f"{top}/fake", f"{binaries}/{program}")
        for name in ["log"] + ["log.flaky"] * flaky:
            with open(f"{top}/{name}", "w", encoding="utf-8"):
                pass
        env = {"PATH": binaries, "BIN": binaries, "LOG": log, "PYTHON": sys.executable}
        env.update(SYSTEM=system, USER_ID=str(user), LACKS=lacks)
        done = subprocess.run(
            ["ci/setup", "native"],
            cwd=f"{top}/tree",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with open(log, encoding="utf-8") as f:
            gave = f.read().replace("env ASSUME_ALWAYS_YES=yes ", "").splitlines()
        # Where one of them has it, Python need not be called python3.
        named = os.path.exists(f"{top}/tree/build/bin/python3")
        assert named == (done.returncode == 0), done.stdout
        return done.returncode, done.stdout, ", ".join(g for g in gave if not g.startswith(("dpkg-query", "pkgin s")))


def setup_asks_the_systems_own_installer():
    for program in ("python3", "scons", "pkg-config", "apt-get", "brew"):
        if shutil.which(program, path=ELSEWHERE):
            return f"{shutil.which(program, path=ELSEWHERE)} is in the way"
    cunit, big_cunit = ("", "") if any(map(os.path.exists, CUNIT)) else ("cunit ", "CUnit ")
    ports = f"python3 devel/scons {cunit}pkgconf"
    pkg = f"pkg update, pkg install -y {ports}"
    by_sudo = ", ".join(f"sudo {command}, {command}" for command in pkg.split(", "))
    brew = f"brew install python3 scons {cunit}pkgconf"
    mingw = "mingw-w64-ucrt-x86_64"
    own_cunit = cunit and f"{mingw}-cunit "
    pacman = f"python scons {own_cunit}{mingw}-pkgconf"
    debian = "apt-get -qq update, apt-get -qq install -y --no-install-recommends"
    for system, user, programs, expected in (
        ("FreeBSD", 0, "pkg", f"sleep 0, {pkg}"),
        ("DragonFly", 0, "pkg", f"sleep 0, {pkg}"),
        ("FreeBSD", 7, "pkg sudo", f"sleep 0, {by_sudo}"),
        ("NetBSD", 0, "pkgin", f"sleep 0, pkgin -y update, pkgin -y install python313 py313-scons {big_cunit}pkgconf"),
        ("OpenBSD", 7, "pkg_add doas", f"sleep 0, doas pkg_add -I python%3 scons {cunit}".rstrip()),
        ("Darwin", 501, "brew xcode-select", f"xcode-select -p, sleep 0, brew update, {brew}"),
        ("MINGW64_NT-10.0-1", 7, "pacman", f"sleep 0, pacman -Sy --noconfirm, pacman -S --needed --noconfirm {pacman}"),
        ("Linux", 0, "apt-get dpkg-query", f"sleep 0, {debian} python3 scons, sleep 0, {debian} g++ gdb libcunit1-dev"),
    ):
        status, said, gave = setup(system, user, programs)
        if system == "OpenBSD":
            gave = gave.rpartition(", ")[0]  # doas and what it starts
        assert (status, gave) == (0, expected), (system, status, said, gave)

    # A failure is tried again; what cannot be had alone costs only itself.
    status, said, gave = setup("FreeBSD", 0, "pkg", flaky=True)
    assert (status, gave) == (0, f"sleep 0, {pkg}, sleep 5, {pkg}"), (said, gave)
    status, said, gave = setup("FreeBSD", 0, "pkg", lacks="pkgconf")
    assert status == 0 and "cannot install pkgconf;" in said and "pkg install -y devel/scons, " in gave, (said, gave)

    # No rights, no installer, no compiler: it says what is missing.
    for system, user, programs, expected in (
        ("FreeBSD", 7, "pkg", f"please install, as root: pkg install {ports}\n"),
        ("NetBSD", 7, "pkgin", "please install, as root: pkgin install python3xx py3xx-scons "),
        ("Darwin", 0, "brew xcode-select", "as Homebrew's user (not root): brew install python3 scons "),
        ("Darwin", 501, "brew", "please run: xcode-select --install\n"),
        ("Linux", 0, "dnf", "please install, as root: python3 SCons "),
    ):
        status, said, gave = setup(system, user, programs)
        assert status == 1 and expected in said and "install" not in gave, (system, status, said, gave)
    return None
