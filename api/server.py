"""uvicorn in a thread, until told to stop. Prints nothing: what to say belongs to the command line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn
from pydantic import SecretStr

from api.app import create_app
from api.security import new_key
from tournee.errors import ConfigError
from tournee.settings import Settings
from tournee.store import Store

STOP_POLL_S = 0.2


def serve(settings: Settings, store: Store, ready: Callable[[str, str], None], stop: threading.Event) -> None:
    """Serve the API until `stop` is set; calls under way are answered first.

    Parameters
    ----------
    ready
        Called once the port is open, with the address (`http://host:port`) and the key that changes need: the one of
        the settings, or a random one if none is set.

    Raises
    ------
    ConfigError
        `api.host` and `api.port` can't be listened on.
    """
    key = settings.api.key.get_secret_value() or new_key()
    keyed = settings.model_copy(update={"api": settings.api.model_copy(update={"key": SecretStr(key)})})
    listener = _listen(settings.api.host, settings.api.port)
    config = uvicorn.Config(
        create_app(keyed, store), log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="api", daemon=True)
    thread.start()
    try:
        host, port = listener.getsockname()[:2]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}", key)
        while thread.is_alive() and not stop.wait(STOP_POLL_S):
            pass
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as taken:
        wanted = f"a host and a port that can be listened on ({taken.strerror or taken})"
        raise ConfigError("api.port", f"{host}:{port}", wanted) from None
