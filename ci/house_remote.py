"""The house's check of ci/remote: against an sshd of our own, on loopback."""

import contextlib
import getpass
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# The far side's part of a project that is tested in no time.
CI_TEST = r"""#!/bin/sh
cd "$(dirname "$0")/.." || exit 1
row=${1-}
[ "$row" != --list ] || { printf '%s  Its title\n' good bad slow mute; exit; }
mkdir -p build/report/rows
: >"${TMPDIR:-/tmp}/unfinished"
echo "far: $row at $OSDEP_COMMIT, $(cat new.txt), ignored: $(ls -d scratch 2>&1 | wc -l)"
case $row in
good) state=passed ;;
bad) state=failed ;;
mute) echo mute; exit 3 ;;
slow) "$PYTHON" -c "$SLOW" "$NOTES" & sleep 300 ;;
esac
echo "{\"row\": \"$row\", \"state\": \"$state\", \"host\": \"\"}" >"build/report/rows/$row.json"
[ $state = passed ]
"""

# A test's program: in a session of its own.
SLOW = (
    "import os, sys, time; os.setsid(); f = open(sys.argv[1] + '/pid', 'w');"
    " print(os.getpid(), file=f, flush=True); time.sleep(300)"
)
SSHD_PLACES = "/usr/sbin:/usr/local/sbin:/usr/pkg/sbin:"


def wait_for(what, *given):
    end = time.monotonic() + 20
    while not what(*given):
        assert time.monotonic() < end, f"waited 20 s for {what.__name__}"
        time.sleep(0.05)


def processes():
    """Those that are no zombies, each with its parent."""
    lines = subprocess.check_output(["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="], text=True).splitlines()
    return {int(pid): int(parent) for pid, parent, state in map(str.split, lines) if state[0] != "Z"}


def process_is_gone(pid):
    return pid not in processes()


@contextlib.contextmanager
def sshd(folder):
    """An sshd for ourselves; an `ssh` that knows it as "far", in @folder/bin."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    for key in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{key}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    files = {
        "sshd_config": f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nPidFile none\nPasswordAuthentication no\n"
        f"PermitRootLogin prohibit-password\nSetEnv NOTES={folder} TMPDIR={folder}/tmp"
        f' PYTHON={sys.executable} "SLOW={SLOW}"\n',
        "ssh_config": f"Host far\n  HostName 127.0.0.1\n  Port {port}\nHost nowhere\n  HostName 127.0.0.1\n  Port 1\n"
        f"Host *\n  User {getpass.getuser()}\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n  BatchMode yes\n"
        f"  StrictHostKeyChecking no\n  UserKnownHostsFile {folder}/known\n  LogLevel ERROR\n",
        "bin/ssh": f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n',
    }
    for made in ("bin", "tmp"):
        os.mkdir(f"{folder}/{made}")
    for name, text in files.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)
    os.chmod(f"{folder}/bin/ssh", 0o700)
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    with open(f"{folder}/sshd.log", "wb") as log:
        program = shutil.which("sshd", path=SSHD_PLACES + os.environ["PATH"])
        daemon = subprocess.Popen([program, "-D", "-e", "-f", f"{folder}/sshd_config"], stderr=log)

    def sshd_answers():
        with open(f"{folder}/sshd.log", encoding="utf-8") as f:
            said = f.read()
        assert daemon.poll() is None, said
        return "Server listening" in said

    try:
        wait_for(sshd_answers)
        yield
    finally:
        daemon.kill()
        daemon.wait()


def remote_brings_results_back():
    for program in ("sshd", "ssh", "ssh-keygen", "git"):
        if not shutil.which(program, path=SSHD_PLACES + os.environ["PATH"]):
            return f"{program} is not installed"
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory(prefix="osdep-remote-house.") as folder, sshd(folder):
        tree = f"{folder}/a tree"
        rows = f"{tree}/build/report/rows"
        os.makedirs(f"{tree}/ci")
        for name in ("remote", "tree.py"):
            shutil.copy(f"{here}/{name}", f"{tree}/ci")
        for name, text in (("ci/test", CI_TEST), (".gitignore", "/build/\n/scratch\n"), ("new.txt", "new")):
            with open(f"{tree}/{name}", "w", encoding="utf-8") as f:
                f.write(text)
        os.chmod(f"{tree}/ci/test", 0o700)
        env = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}")
        env.pop("OSDEP_COMMIT", None)
        if subprocess.run(["ssh", "far", "true"], env=env, stdin=subprocess.DEVNULL).returncode:
            return f"sshd does not let {getpass.getuser()} in here"  # whose account is locked, or has no shell
        identity = ["-c", "user.name=house", "-c", "user.email=house", "-c", "commit.gpgsign=false"]
        for command in (["init", "-q"], ["add", "ci"], [*identity, "commit", "-qm", "one"]):
            subprocess.run(["git", *command], cwd=tree, check=True)
        with open(f"{tree}/scratch", "w", encoding="utf-8"):
            pass
        head = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=tree, text=True).strip()

        def start(*words):
            command = [f"{tree}/ci/remote", *words]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, env=env, **pipes)

        def end(process):
            try:
                said = process.communicate(timeout=60)[0]
            except subprocess.TimeoutExpired as e:
                process.kill()
                raise AssertionError("ci/remote hangs") from e
            return process.returncode, said

        def remote(*words):
            return end(start(*words))

        def row(name):
            with open(f"{rows}/{name}.json", encoding="utf-8") as f:
                return json.load(f)

        def nothing_left():
            return not os.listdir(f"{folder}/tmp")

        status, said = remote("far", "good")
        assert status == 0 and re.search(f"far: good at {head}[+][0-9a-f]{{7}}, new, ignored: 1", said), (status, said)
        kept = row("far--good")
        assert [kept[key] for key in ("state", "host", "row")] == ["passed", "far", "far--good"], kept
        status, said = remote("far", "bad")
        assert (status, row("far--bad")["state"]) == (1, "failed"), (status, said)
        status, said = remote("far", "mute")
        kept = row("far--mute")
        assert status == 3 and "no result" in kept["reason"] and kept["title"] == "Its title", (status, said)
        status, said = remote("nowhere", "good")
        assert status == 1 and "ssh ended with status 255" in row("nowhere--good")["reason"], (status, said)
        assert remote("far", "worse")[0] == 2 and remote("--", "-oProxyCommand=x", "good")[0] == 2
        wait_for(nothing_left)

        # The connection, or we, end in the middle.
        def cut_connection(process):
            ssh = [pid for pid, parent in processes().items() if parent == process.pid]
            os.kill(ssh[0], signal.SIGKILL)

        for cut, expected in (
            (cut_connection, 1),
            (lambda process: process.send_signal(signal.SIGINT), 130),
            (lambda process: process.kill(), -signal.SIGKILL),
        ):
            process = start("far", "slow")
            note = f"{folder}/pid"

            def far_side_runs():
                return os.path.exists(note) and os.path.getsize(note)

            wait_for(far_side_runs)
            with open(note, encoding="utf-8") as f:
                pid = int(f.read())
            os.remove(note)
            assert pid in processes()
            cut(process)
            status, said = end(process)
            assert status == expected, (status, said)
            wait_for(nothing_left)
            wait_for(process_is_gone, pid)
            if status > 0:
                assert row("far--slow")["state"] == "failed", row("far--slow")
                os.remove(f"{rows}/far--slow.json")
    return None
