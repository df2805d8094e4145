"""OSRM beside this process: one worker for each kind of truck, on road data of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import weakref
from pathlib import Path
from threading import Lock

from optimizer.matrix.osrm_data import digest_of_roads, present_data, version
from optimizer.matrix.osrm_engine import Reply
from optimizer.matrix.overrides import Overrides
from tournee.domain import TruckDimensions
from tournee.errors import RoadsUnavailable

WORKER = Path(__file__).with_name("osrm_worker.py")
HEADER_BYTES = 4


class LocalOsrm:
    """OSRM on data of one extract, built for each kind of truck when it is first asked about.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken, or the data can't be built.
    """

    max_pairs = 250_000
    max_side = 100_000

    def __init__(self, extract: Path, folder: Path, overrides: Overrides) -> None:
        self._extract, self._folder, self._overrides = extract, folder, overrides
        self._workers: dict[TruckDimensions, _Worker] = {}
        self._turn = Lock()
        self._worker(TruckDimensions())
        digest = digest_of_roads(extract)
        self.source = f"OSRM {version()}, our truck, {extract.name} ({digest})"
        self.key = f"{self.source}|{overrides.digest}"
        self.remedy = "Set roads.extract to an extract of this town."
        self.unheeded = tuple(area.name for area in overrides.no_reversing)

    def ask(self, question: Reply, truck: TruckDimensions) -> Reply:
        """Return the answer to one question; see `Osrm.ask`."""
        return self._worker(truck).ask(question)

    def close(self) -> None:
        """End the workers; they would end with this process, too."""
        with self._turn:
            for worker in self._workers.values():
                worker.close()
            self._workers.clear()

    def _worker(self, truck: TruckDimensions) -> _Worker:
        with self._turn:
            if (worker := self._workers.get(truck)) is None or worker.is_over:
                rings = [ring for street in self._overrides.closed_to(truck) for ring in street.rings]
                roads = present_data(self._extract, self._folder, truck, rings)
                worker = self._workers[truck] = _Worker(roads)
            return worker


class _Worker:
    """A process that answers one question after the other."""

    def __init__(self, roads: Path) -> None:
        # -P keeps the script's folder, and with it our own modules, out of its way.
        self._process = subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, "-P", str(WORKER), roads.name],
            cwd=roads.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.close = weakref.finalize(self, _end, self._process)
        self._turn = Lock()
        hello = self._read()
        if hello.get("code") != "Ok":
            self.close()
            raise RoadsUnavailable(
                f"The road data in {roads.parent} can't be opened; delete the folder: {hello.get('message')}."
            )

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def ask(self, question: Reply) -> Reply:
        """Return the answer to one question; callers wait for one another."""
        content = json.dumps(question).encode()
        with self._turn:
            try:
                if self._process.stdin is not None:
                    self._process.stdin.write(len(content).to_bytes(HEADER_BYTES) + content)
                    self._process.stdin.flush()
            except OSError as gone:
                raise self._died() from gone
            return self._read()

    def _read(self) -> Reply:
        header = self._process.stdout.read(HEADER_BYTES) if self._process.stdout else b""
        if len(header) < HEADER_BYTES or self._process.stdout is None:
            raise self._died()
        answer: Reply = json.loads(self._process.stdout.read(int.from_bytes(header)))
        return answer

    def _died(self) -> RoadsUnavailable:
        self.close()
        return RoadsUnavailable("The process that asks OSRM has ended; ask again, it is started anew.")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:  # what was still to be written has nobody left to read it
                continue
