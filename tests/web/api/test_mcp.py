"""The MCP door, asked over real HTTP by the official client and by hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2 as httpx
import pytest

from onhand.customers.models import Note
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.permissions import all_permissions
from tests.factories import make_customer
from tests.factories.callers import make_representative, make_token

EVERYTHING = [p.name for p in all_permissions()]
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.fixture
def ask(server: str) -> Callable[..., httpx.Response]:
    """Sends one request to /mcp by hand."""
    token = make_token(make_representative())

    def send(body: Any = PING, method: str = "POST", token: str | None = token, **headers: str) -> httpx.Response:
        given = JSON | ({"Authorization": f"Bearer {token}"} if token else {})
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        encoded = {name.encode(): value.encode("latin-1") for name, value in given.items()}
        return httpx.request(method, f"{server}/mcp", content=content, headers=encoded, timeout=10)

    return send


def with_client(server: str, token: str, work: Callable[[Any], Awaitable[Any]], mode: str = "auto") -> Any:
    """Do something with the official client, connected under a token."""
    from mcp.client import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    async def run() -> Any:
        async with (
            create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(f"{server}/mcp", http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return asyncio.run(run())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_are_the_acts_the_token_allows(server: str, mode: str) -> None:
    ana = make_representative()
    narrow = make_token(ana, scopes=["customers.view", "customers.add_note"])

    async def names(client: Any) -> Any:
        return {tool.name: tool for tool in (await client.list_tools()).tools}

    few = with_client(server, narrow, names, mode)
    assert set(few) == {"find_customers", "read_customer", "read_customer_records", "customers-add_note"}
    note = few["customers-add_note"]
    assert (note.title, note.annotations.destructive_hint) == ("Write a note", False)
    assert note.description == "Write a note. Write down what the next person should know."
    assert note.input_schema["required"] == ["subject_id", "arguments"]
    assert note.input_schema["properties"]["arguments"]["required"] == ["text"]
    every = with_client(server, make_token(ana), names, mode)
    assert every["customers-change_address"].annotations.destructive_hint
    assert "subject_id" not in every["customers-register_customer"].input_schema["properties"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_find_read_preview_and_act(server: str, mode: str) -> None:
    customer = make_customer(name="Núñez Prieto, Ana")
    token = make_token(make_representative())

    async def work(client: Any) -> Any:
        found = await client.call_tool("find_customers", {"words": "nunez ana"})
        subject = found.structured_content["customers"][0]["id"]
        file = await client.call_tool("read_customer", {"customer_id": subject, "reason": "asked for a note"})
        note = {
            "subject_id": subject,
            "version": file.structured_content["version"],
            "arguments": {"text": "called"},
            "idempotency_key": "n-1",
        }
        shown = await client.call_tool("customers-add_note", note | {"preview": True})
        first = await client.call_tool("customers-add_note", note)
        again = await client.call_tool("customers-add_note", note)
        records = await client.call_tool("read_customer_records", {"customer_id": subject, "reason": "to check"})
        return [answer.structured_content for answer in (shown, first, again, records)]

    shown, first, again, records = with_client(server, token, work, mode)
    assert (shown["is_preview"], shown["after"]) == (True, {"note": "called"})
    assert (first["is_replay"], again["is_replay"], again["record_id"]) == (False, True, first["record_id"])
    assert [record["act"] for record in records["records"]] == ["customers.add_note"]
    assert Note.objects.get().text == "called"
    record = ActRecord.objects.get()
    assert (record.via, record.actor_name, record.subject_id) == ("mcp", "Ana", customer.pk)
    accesses = AccessRecord.objects.order_by("id").values_list("page", "reason", "via")
    assert list(accesses) == [("api.customer", "asked for a note", "mcp"), ("api.records", "to check", "mcp")]


def test_errors_are_told_to_the_model(server: str) -> None:
    token = make_token(make_representative(permissions=["customers.view"]))
    customer = make_customer()
    calls: list[tuple[str, dict[str, Any], str, list[str]]] = [
        ("customers-add_note", {"subject_id": customer.pk, "arguments": {"text": "x"}}, "not_permitted", []),
        ("customers-fly", {}, "unknown_act", []),
        ("fly", {}, "unknown_act", []),
        ("read_customer", {"customer_id": customer.pk}, "request_invalid", ["reason"]),
        ("read_customer", {"customer_id": 2**63, "reason": "x"}, "request_invalid", ["customer_id"]),
        ("read_customer", {"customer_id": 2**62, "reason": "x"}, "not_found", []),
        ("read_customer", {"customer_id": customer.pk, "reason": "a\0b"}, "request_invalid", ["reason"]),
        ("find_customers", {"words": "a\0"}, "request_invalid", ["words"]),
        ("find_customers", {"after": "zzz"}, "request_invalid", ["after"]),
        ("find_customers", {"wrods": "x"}, "request_invalid", ["wrods"]),
        ("customers-add_note", {"idempotency_key": "a b"}, "request_invalid", ["idempotency_key"]),
    ]

    async def work(client: Any) -> Any:
        return [await client.call_tool(name, arguments) for name, arguments, _code, _fields in calls]

    for answer, (name, _arguments, code, fields) in zip(with_client(server, token, work), calls, strict=True):
        assert answer.is_error, name
        told = answer.structured_content
        assert (told["code"], list(told["fields"])) == (code, fields)


def test_nothing_without_a_good_token(ask: Callable[..., httpx.Response]) -> None:
    for given in ("Basic eDp5", "Bearer", "Bearer onh_" + "x" * 43, "Bearer ñ"):
        response = ask(token=None, Authorization=given)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert ask(token=None).status_code == 401


def test_only_our_own_pages_and_names(ask: Callable[..., httpx.Response], server: str) -> None:
    assert ask().status_code == 200
    assert ask(Origin=server).status_code == 200
    assert ask(Origin="https://evil.example").status_code == 403
    assert ask(Origin="null").status_code == 403
    assert ask(Host="evil.example").status_code == 421
    assert ask(method="GET").status_code == 405
    assert ask(method="DELETE").status_code == 405


CALL: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}


WRONG: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"[" * 50_000 + b"]" * 50_000,
    b'{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}',
    b"\xff\xfe",
    b'{"jsonrpc": "2.0", "id": 1' + b"0" * 6000 + b', "method": "ping"}',
    b"x" * 2_000_000,
    CALL,
    CALL | {"params": {"name": 1}},
    CALL | {"params": {"name": "find_customers", "arguments": []}},
    CALL | {"params": {"name": "find_customers", "arguments": {"words": "\ud800"}}},
    CALL | {"params": {"name": "find_customers", "arguments": {"\ud800": 1}}},
    CALL | {"params": {"name": "\ud800", "arguments": {}}},
    CALL | {"params": {"name": "\0", "arguments": {}}},
    {"jsonrpc": "2.0", "id": 1, "method": "no/such"},
]


def test_wrong_messages_never_break_it(ask: Callable[..., httpx.Response]) -> None:
    for version in ("2025-06-18", "2026-07-28", "nonsense"):
        for body in WRONG:
            response = ask(body, mcp_protocol_version=version)
            assert response.status_code < 500, (version, body)
    assert ask().status_code == 200


def test_too_many_requests_are_refused(ask: Callable[..., httpx.Response], settings: Any) -> None:
    settings.API_PER_MINUTE = 3
    statuses = [ask().status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert int(ask().headers["retry-after"]) > 0
