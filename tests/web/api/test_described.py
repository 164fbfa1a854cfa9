"""What the OpenAPI description promises is kept: random requests of every form it allows and forbids, at the real application."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from onhand.kernel.acts import all_acts
from onhand.web.api.openapi import document
from onhand.web.api.rest import api
from tests.web.api.conftest import running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    missing_required_header,
    unsupported_method,
]
WITHOUT_TOKEN = [*CHECKS, ignored_auth]
EXAMPLES = 5  # of each kind, for each address
# Every limit of every field is tried where the addresses differ in kind; the other acts come through the same door as these.
THOROUGH = r"^/api/v1/(me|events|customers(?!/bulk).*|contacts.*|attachments.*|cases.*|work.*|acts|acts/customers\.change_address)$"

described = document(api, "api/v1/")
thorough, brief = (schemathesis.openapi.from_dict(described) for _ in range(2))
for each in (thorough, brief):
    each.config.generation.update(
        modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        max_examples=EXAMPLES,
        deterministic=True,
        no_shrink=True,
    )
brief.config.phases.update(phases=["fuzzing"])


@pytest.fixture(scope="module")
def address(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The application with some customers and somebody who may do everything, for all requests of this module."""
    from django.conf import settings
    from django.db import connection

    from tests.conftest import clone
    from tests.factories import make_customer, make_representative
    from tests.factories.callers import make_token
    from tests.web.api.talks import make_talks

    with django_db_blocker.unblock():
        for _ in range(3):
            make_customer()
            make_representative()
        make_talks()
        caller = make_representative(
            pk=1_000_000
        )  # out of reach of small random numbers: nobody may lock the caller out
        token = make_token(caller)
        allowed, settings.API_PER_MINUTE = settings.API_PER_MINUTE, 1_000_000
        with running() as base:
            yield f"{base} {token}"
        settings.API_PER_MINUTE = allowed
        name = connection.settings_dict["NAME"]
        connection.close()
        clone(name)


def ask(case: Any, address: str, checks: list[Any]) -> None:
    base, token = address.split()
    if isinstance(case.body, dict) and type(case.body.get("subject_id")) is int and case.body["subject_id"] > 0:
        case.body["subject_id"] = 1 + case.body["subject_id"] % 4  # mostly somebody who is there
    given: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 30}
    response = case.call(base_url=base, **given)
    case.validate_response(response, checks=checks, headers=given["headers"])


@thorough.include(path_regex=THOROUGH).parametrize()
def test_kept_to_every_limit(case: Any, address: str) -> None:
    ask(case, address, WITHOUT_TOKEN)


@brief.exclude(path_regex=THOROUGH).parametrize()
def test_kept_by_every_act(case: Any, address: str) -> None:
    ask(case, address, CHECKS)


def test_description_is_complete_and_stable() -> None:
    described = document(api, "api/v1/")
    assert described["openapi"].startswith("3.1")
    for act in all_acts():
        for address in (f"/api/v1/acts/{act.name}", f"/api/v1/acts/{act.name}/preview"):
            operation = described["paths"][address]["post"]
            assert set(operation["responses"]) >= {"200", "400", "401", "403", "404", "409", "413", "415", "422", "429"}
    ids = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert document(api, "api/v1/") == described
