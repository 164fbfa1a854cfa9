"""A new act is one function: from it alone come REST, the OpenAPI description, the MCP tool, the preview and the record."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from onhand.customers import access
from onhand.customers.models import Customer
from onhand.kernel.acts import Run, act, forget_act
from onhand.kernel.fields import Field
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from tests.factories import make_customer, make_representative
from tests.factories.callers import Caller, make_token
from tests.web.api.test_mcp import with_client

NAME = "tests.grant_goodwill"


@pytest.fixture(autouse=True)
def new_act() -> Iterator[None]:
    """The one function."""

    @act(
        name=NAME,
        subject="customer",
        permission=access.ADD_NOTE,
        label="Grant goodwill",
        facts=lambda customer, amount, reason: {"amount": amount},
    )
    def grant_goodwill(
        customer: Customer,
        *,
        run: Run,
        amount: Annotated[Money, Field(label="Amount")],
        reason: Annotated[str, Field(label="Reason", max_length=100)],
    ) -> None:
        """Give the customer something back for the trouble."""
        run.changed("goodwill", after=amount)

    yield
    forget_act(NAME)


ARGUMENTS = {"amount": {"minor": 1500, "currency": "EUR"}, "reason": "late parcel"}


@pytest.mark.django_db
def test_it_is_on_rest_with_preview_permission_limits_and_record(make_caller: Any) -> None:
    caller: Caller = make_caller(limits={NAME: {"EUR": 2000}})
    asked = {"subject_id": make_customer().pk, "arguments": ARGUMENTS}
    assert caller.post(f"acts/{NAME}/preview", asked).json()["after"] == {"goodwill": ARGUMENTS["amount"]}
    assert not ActRecord.objects.exists()
    assert caller.post(f"acts/{NAME}", asked).status_code == 200
    record = ActRecord.objects.get()
    assert (record.act, record.facts, record.via) == (NAME, {"amount": ARGUMENTS["amount"]}, "api")
    asked["arguments"] = ARGUMENTS | {"amount": {"minor": 2001, "currency": "EUR"}}
    above = caller.post(f"acts/{NAME}", asked)
    assert (above.status_code, above.json()["decision"]["answer"]) == (403, "ask")
    nobody: Caller = make_caller("nobody@example.com", permissions=[access.VIEW])
    assert nobody.post(f"acts/{NAME}", asked).status_code == 403


@pytest.mark.django_db
def test_it_is_listed_and_described(caller: Caller) -> None:
    listed = {one["name"]: one for one in caller.get("acts").json()["acts"]}[NAME]
    assert listed["label"] == "Grant goodwill"
    assert listed["arguments"]["required"] == ["amount", "reason"]
    described = caller.client.get("/api/v1/openapi.json").json()
    operation = described["paths"][f"/api/v1/acts/{NAME}"]["post"]
    assert operation["description"] == "Give the customer something back for the trouble."
    assert f"/api/v1/acts/{NAME}/preview" in described["paths"]
    arguments = described["components"]["schemas"]["TestsGrantGoodwillArguments"]["properties"]
    assert (arguments["reason"]["maxLength"], set(arguments["amount"]["properties"])) == (100, {"minor", "currency"})


def test_it_is_a_tool(server: str) -> None:
    customer = make_customer()
    token = make_token(make_representative())

    async def work(client: Any) -> Any:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        done = await client.call_tool("tests-grant_goodwill", {"subject_id": customer.pk, "arguments": ARGUMENTS})
        return tools["tests-grant_goodwill"], done

    tool, done = with_client(server, token, work)
    assert tool.description == "Grant goodwill. Give the customer something back for the trouble."
    assert done.structured_content["after"] == {"goodwill": ARGUMENTS["amount"]}
    assert ActRecord.objects.get().via == "mcp"
