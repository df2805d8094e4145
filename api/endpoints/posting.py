"""Messages of sensors over HTTP: kept here, understood by a collector, which the API asks through the store."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.deps import Kit, KitDep, StoreDep
from api.schemas import PostedOut
from api.security import KEY_NEEDED
from tournee.domain import MessageStatus, PostedMessage
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import WireFormat

router = APIRouter(tags=["readings"])
WAIT_MAX_S, LOOK_S = 30, 0.1
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Understood and stored, where `Prefer: wait` asked to wait for it"},
    413: {"description": "More bytes than are read"},
    422: {"description": "Refused, with the reason, where `Prefer: wait` asked to wait for it"},
}
SourceQuery = Annotated[
    Literal["native"] | WireFormat,
    Query(description="What the payload is: our own contract, or whose server sends it"),
]
PreferHeader = Annotated[
    str, Header(description="`wait=5` waits up to so many seconds for a collector (RFC 7240)", max_length=200)
]


@router.post(
    "/readings", response_model=PostedOut, status_code=202, dependencies=KEY_NEEDED, responses=ANSWERS
)
async def post_readings(
    kit: KitDep,
    request: Request,
    response: Response,
    *,
    source: SourceQuery = "native",
    prefer: PreferHeader = "",
) -> Any:
    """Take what a sensor or a network server posts. Once it is answered, it is safe; `Location` says what becomes of it."""
    payload = await _payload(request, source, kit.settings.collector.payload_max_bytes)
    message = PostedMessage(uuid4().hex, source, payload, kit.clock())
    await run_in_threadpool(kit.store.post_message, message)
    response.headers["Location"] = request.url_for("read_posted_message", message_id=message.message_id).path
    wanted = re.search(r"\bwait=(\d{1,4})\b", prefer)
    if wanted is None:
        return message
    wait_s = min(int(wanted[1]), WAIT_MAX_S)
    response.headers["Preference-Applied"] = f"wait={wait_s}"
    return _answer(await _understood(kit, message, wait_s), response)


@router.get("/readings/posted/{message_id}", response_model=PostedOut)
def read_posted_message(store: StoreDep, message_id: str) -> Any:
    """Show what became of a message."""
    return store.posted_message(message_id)


async def _payload(request: Request, source: str, max_bytes: int) -> bytes:
    """Return the body, or refuse it as soon as it has grown too large."""
    payload = bytearray()
    async for part in request.stream():
        payload += part
        if len(payload) > max_bytes:
            detail = f"more than the {max_bytes} bytes that are read; send fewer readings in one message"
            raise MessageRejected(f"http/{source}", RejectionReason.TOO_LARGE, detail)
    return bytes(payload)


async def _understood(kit: Kit, message: PostedMessage, wait_s: float) -> PostedMessage:
    """Return the message as it is when a collector has dealt with it, or when the wait is over."""
    for _ in range(round(wait_s / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        message = await run_in_threadpool(kit.store.posted_message, message.message_id)
        if message.status is not MessageStatus.WAITING:
            break
    return message


def _answer(message: PostedMessage, response: Response) -> PostedMessage:
    if message.status is MessageStatus.REFUSED:
        raise MessageRejected(f"http/{message.source}", RejectionReason(message.reason), message.detail)
    if message.status is MessageStatus.STORED:
        response.status_code = HTTPStatus.OK
    return message
