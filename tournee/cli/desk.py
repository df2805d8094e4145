"""A person at the depot, as the demo plays one: asks for plans, publishes them, takes the exports. HTTP only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from threading import Event
from time import monotonic

import httpx

from tournee.cli.processes import Interrupted
from tournee.errors import InfeasibleProblem, TourneeError, Unavailable

POLL_S = 0.2
PLAN_S = 300.0
START_S = 60.0


class Desk:
    """The API with its key, and how long we wait for it."""

    def __init__(self, address: str, key: str, stop: Event, check: Callable[[], None]) -> None:
        self._client = httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60, trust_env=False)
        self._stop, self._check = stop, check

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def wait_until_open(self) -> None:
        """Return when every part says that it is well."""
        self._until(self._is_open, START_S, "the parts of Tournée to be well: see /health")

    def publish_plan(
        self,
        depot_id: str,
        service_date: date,
        as_of_at: datetime,
        seed: int,
        by: str,
        tell: Callable[[str], None],
    ) -> str:
        """Ask for a plan, tell how far it is until it is there, publish it in a person's name; return its id."""
        wish = {
            "depot_id": depot_id,
            "service_date": service_date.isoformat(),
            "as_of_at": as_of_at.isoformat(),
            "seed": seed,
        }
        address = self._call("POST", "/plans", wish).headers["Location"]
        self._until(lambda: self._is_ended(address, tell), PLAN_S, f"the plan of {service_date}")
        request = self._call("GET", address).json()
        if request["error"]:
            raise InfeasibleProblem([request["error"]])
        plan_id = str(request["plan_id"])
        self._call("POST", f"/plans/{plan_id}/publish", {"by": by})
        return plan_id

    def text(self, path: str) -> str:
        """Return a page or an export."""
        return self._call("GET", path).text

    def _is_open(self) -> bool:
        try:
            return self._client.get("/health").is_success
        except httpx.TransportError:
            return False

    def _is_ended(self, address: str, tell: Callable[[str], None]) -> bool:
        request = self._call("GET", address).json()
        tell(request["sentence"])
        return request["status"] in {"done", "failed"}

    def _until(self, is_done: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = monotonic() + seconds
        while not is_done():
            self._check()
            if self._stop.wait(POLL_S):
                raise Interrupted
            if monotonic() > deadline:
                message = f"Waited {seconds:g} s for {what}."
                raise Unavailable(message)

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.TransportError as failure:
            message = f"The API did not answer {method} {path}: {failure}."
            raise Unavailable(message) from failure
        if answer.is_error:
            problem = answer.json()
            message = f"{method} {path}: {problem.get('detail') or problem.get('title')}"
            raise TourneeError(message)
        return answer
