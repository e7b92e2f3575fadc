"""Which tree this is."""

import hashlib
import os
import subprocess


def git(*command):
    """What git says; nothing where it cannot."""
    try:
        done = subprocess.run(["git", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return b""
    return done.stdout if done.returncode == 0 else b""


def commit():
    """The commit, and + with a digest if the tree is not just that."""
    head = git("rev-parse", "--short", "HEAD").decode().strip() if os.path.exists(".git") else ""
    if "OSDEP_COMMIT" in os.environ or not head:  # ci/remote says it, where there is no git
        return os.environ.get("OSDEP_COMMIT", "unknown")
    changes = git("diff", "HEAD") + git("ls-files", "-o", "--exclude-standard")
    return head + ("+" + hashlib.sha1(changes).hexdigest()[:7] if changes else "")
