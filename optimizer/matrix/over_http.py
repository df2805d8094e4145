"""Valhalla and OSRM on a server: the questions are those of the engines in this house, asked over HTTP.

An address may carry a password or a key. Neither an error nor a log names more of it than host and path.
"""

from __future__ import annotations

import json
import logging
import weakref
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from optimizer.matrix.osrm_engine import Reply as OsrmReply
from optimizer.matrix.overrides import Overrides
from optimizer.matrix.valhalla_engine import Action, Algorithm, Refused, Reply
from tournee.domain import TruckDimensions
from tournee.errors import ConfigError, RoadsUnavailable

PATHS: dict[Action, str] = {"matrix": "/sources_to_targets", "locate": "/locate", "route": "/route"}
CONNECTIONS = httpx.Limits(max_connections=4)

# These name the whole address, with whatever secret it carries.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Server:
    """A server that answers JSON.

    Raises
    ------
    ConfigError
        The address is none.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL:
            self._url = httpx.URL()
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            expected = "the address of a road server such as http://127.0.0.1:8002"
            raise ConfigError("roads.url", "a text that is no address" if url else url, expected)
        port = f":{self._url.port}" if self._url.port else ""
        self.name = f"{self._url.scheme}://{self._url.host}{port}{self._url.path.rstrip('/')}"
        self._timeout_s = timeout_s
        self._client = httpx.Client(timeout=timeout_s, limits=CONNECTIONS, trust_env=False)
        self.close = weakref.finalize(self, self._client.close)

    def ask(self, path: str, parameters: dict[str, str] | None = None, body: Reply | None = None) -> Any:
        """Return the answer's JSON, whatever its status; POST with a body, GET without.

        Raises
        ------
        RoadsUnavailable
            The server did not answer in time, is overloaded, or does not speak JSON.
        """
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path).copy_merge_params(parameters or {})
        try:
            answer = self._client.request("GET" if body is None else "POST", url, json=body)
        except httpx.TimeoutException:
            message = f"The road server {self.name} did not answer within {self._timeout_s:g} s: ask again, raise roads.timeout_s or lower roads.block_pairs."
            raise RoadsUnavailable(message) from None
        except httpx.HTTPError as failed:
            message = f"The road server {self.name} can't be asked ({type(failed).__name__}): is it running?"
            raise RoadsUnavailable(message) from None
        return self._content(answer)

    def _content(self, answer: httpx.Response) -> Any:
        status = answer.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RoadsUnavailable(f"The road server {self.name} answered {status}: ask again later.")
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise RoadsUnavailable(
                f"The road server {self.name} answered {status}: check the key in roads.url."
            )
        try:
            return json.loads(answer.content)
        except ValueError:
            message = f"The road server {self.name} answered {status} with something that is no JSON: check roads.url."
            raise RoadsUnavailable(message) from None


class HttpValhalla:
    """A Valhalla server. It has one matrix, as its own configuration says, and its own limits."""

    max_pairs = 2_500  # what Valhalla allows where nobody has raised it
    algorithms: tuple[Algorithm, ...] = ("timedistancematrix",)

    def __init__(self, server: Server) -> None:
        self._server = server
        status = server.ask("/status", body={})
        if not isinstance(status, dict):
            raise _stranger(server, "Valhalla")
        if "error_code" not in status and "version" not in status:
            raise _stranger(server, "Valhalla")
        made = status.get("tileset_last_modified", "unknown")
        self.source = f"Valhalla {status.get('version', '')} at {server.name}, truck, tiles of {made}"
        self.remedy = "Set roads.url to a server that knows this town."

    def ask(self, action: Action, question: Reply, algorithm: Algorithm) -> Any:  # noqa: ARG002 - the server has but one
        """Return the answer to one question; see `Valhalla.ask`."""
        answer = self._server.ask(PATHS[action], body=question)
        if isinstance(answer, dict) and "error_code" in answer:
            raise Refused(int(answer["error_code"]), str(answer.get("error", "no reason given")))
        return answer


class HttpOsrm:
    """An OSRM server. It drives the vehicle of its own data, whatever truck is asked about."""

    max_pairs = 10_000
    max_side = 100  # what OSRM allows where nobody has raised it

    def __init__(self, server: Server, overrides: Overrides) -> None:
        self._server = server
        answer = server.ask("/nearest/v1/driving/0,0")
        if not isinstance(answer, dict) or "code" not in answer:
            raise _stranger(server, "OSRM")
        data = answer.get("data_version") or "unknown"
        self.source = f"OSRM at {server.name}, the vehicle of the server, data of {data}"
        self.key = self.source
        self.remedy = "Set roads.url to a server that knows this town."
        streets = [street.name for street in overrides.forbidden]
        self.unheeded = (*streets, *(area.name for area in overrides.no_reversing))

    def ask(self, question: OsrmReply, truck: TruckDimensions) -> OsrmReply:  # noqa: ARG002 - the server has but one
        """Return the answer to one question; see `Osrm.ask`."""
        places = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in question["coordinates"])
        answer = self._server.ask(f"/{question['service']}/v1/driving/{places}", _parameters(question))
        if not isinstance(answer, dict):
            raise _stranger(self._server, "OSRM")
        return answer


def _parameters(question: OsrmReply) -> dict[str, str]:
    service = question["service"]
    if service == "nearest":
        return {"number": str(question["number"])}
    found = {"generate_hints": "false"}
    if "approaches" in question:
        found["approaches"] = _listed(question["approaches"])
    if service == "table":
        pairs = {name: _listed(question[name]) for name in ("sources", "destinations")}
        return found | pairs | {"annotations": "duration,distance"}
    return found | {
        "steps": "true",
        "geometries": "polyline6",
        "overview": "false",
        "continue_straight": "false",
    }


def _listed(values: Sequence[object]) -> str:
    return ";".join(str(value) for value in values)


def _stranger(server: Server, engine: str) -> RoadsUnavailable:
    return RoadsUnavailable(f"The server {server.name} does not answer like {engine}: check roads.url.")
