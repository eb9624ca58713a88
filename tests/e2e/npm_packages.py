"""Packages of npm that end-to-end tests use: installed once, into a cache."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
# What npm says when it is the network that fails.
UNREACHABLE = re.compile(r"E(NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|HOSTUNREACH|"
                         r"NETUNREACH|SOCKETTIMEDOUT)|network|ERR_SOCKET")


class Failed(Exception):
    """The test failed; the text says why."""


class Skipped(Exception):
    """The test cannot run here; the text says what is missing."""


def check(condition, what):
    if not condition:
        raise Failed(what)


def install(name, packages):
    """Returns a folder with `packages` in its node_modules."""
    npm = shutil.which("npm")
    if npm is None:
        raise Skipped("npm is missing (apt-get install npm)")
    cache = os.environ.get("XDG_CACHE_HOME")
    cache = (os.path.join(cache, "smart-agents-tests") if cache
             else os.path.join(SOURCE, "build/cache"))
    home = os.path.join(cache, name)
    os.makedirs(cache, exist_ok=True)
    with open(home + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(os.path.join(home, "node_modules")):
            return home
        print(f"installing {' '.join(packages)} into {home}", flush=True)
        # Moved to its place when it is whole.
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            try:
                done = subprocess.run(
                    [npm, "install", "--prefix", fresh, "--no-audit",
                     "--no-fund", "--fetch-retries=1", *packages],
                    capture_output=True, text=True, timeout=400)
            except subprocess.TimeoutExpired:
                raise Skipped(f"npm could not fetch {packages[0]} in 400 s")
            said = done.stdout + done.stderr
            if done.returncode != 0 and UNREACHABLE.search(said):
                raise Skipped("npm cannot reach its registry")
            check(done.returncode == 0, f"npm install failed:\n{said}")
            shutil.rmtree(home, ignore_errors=True)
            os.makedirs(home)
            shutil.move(os.path.join(fresh, "node_modules"), home)
    return home


def node_of(home):
    """The node that was installed as a package."""
    return os.path.join(home, "node_modules/node/bin/node")


def binary(variable, name):
    """A program of ours: named by a variable of the environment, or built."""
    fallback = os.environ.get("SMART_AGENTS_BINARY")
    folder = (os.path.dirname(os.path.abspath(fallback)) if fallback
              else os.path.join(SOURCE, "build/dev"))
    path = os.path.abspath(os.environ.get(variable,
                                          os.path.join(folder, name)))
    if not os.path.exists(path):
        raise Skipped(f"{path} is not built")
    return path


@contextlib.contextmanager
def running(command, **how):
    """A server, which is gone at the end."""
    process = subprocess.Popen(command, **how)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(what):
    """Runs a test; its last line says what became of it."""
    try:
        print(f"passed: {what()}")
        return 0
    except Skipped as why:
        print(f"skipped: {why}")
        return 77
    except Failed as why:
        print(f"FAILED: {why}", file=sys.stderr)
        print(f"failed: {str(why).splitlines()[0]}")
        return 1
