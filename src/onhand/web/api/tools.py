"""
Tools for AI representatives: one for every act their token allows, and those that read. All plain functions, run in a thread.

A tool's name is the act's with a hyphen for the dot, since many clients take no dots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from mcp_types import Tool, ToolAnnotations
from ninja import Schema
from pydantic import BaseModel, Field, TypeAdapter

from onhand.approvals.access import ASK
from onhand.customers.access import VIEW
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.kernel.errors import ActError, UnknownAct
from onhand.procedures.access import RUN
from onhand.receipts.access import READ as READ_NOTICES
from onhand.web.api import reads
from onhand.web.api.acts import offered_acts, run_act, run_or_ask
from onhand.web.api.approvals import read_approval
from onhand.web.api.errors import Unavailable
from onhand.web.api.file_schemas import CustomerFile
from onhand.web.api.notices import FindNotices, Notices, NoticeShown, ReadNotice, find, read
from onhand.web.api.procedure_schemas import FindRunsOf, Procedures, ReadProcedures, ReadRun, Runs, RunShown
from onhand.web.api.procedures import find_procedures, find_runs, read_run
from onhand.web.api.reading import check_key, read_as
from onhand.web.api.schemas import (
    ActDone,
    ActRequest,
    ApprovalShown,
    Customers,
    FindCustomers,
    ReadApproval,
    ReadCustomer,
    ReadRecords,
    Records,
)

log = structlog.get_logger(__name__)


class ToolRequest(ActRequest):
    """An act as a tool is called with."""

    preview: bool = Field(default=False, strict=True, description="Only show what it would do; nothing is changed.")
    idempotency_key: str | None = Field(
        default=None, max_length=100, description="Your name for this call. The same key never acts twice."
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """A tool that reads."""

    label: str
    permission: str
    request: type[Schema]
    answer: type[Schema]
    run: Callable[[Actor, Any], BaseModel]
    doc: str


READERS = {
    "find_customers": Reader(
        "Find customers",
        VIEW,
        FindCustomers,
        Customers,
        lambda actor, asked: reads.find_customers(actor, **asked.model_dump()),
        "Find customers by parts of a name or address, also with typing errors, or by telephone number, e-mail address, reference or "
        "account number. Only those you may see, the best first, with why each fits.",
    ),
    "read_customer": Reader(
        "Open a customer's file",
        VIEW,
        ReadCustomer,
        CustomerFile,
        lambda actor, asked: reads.read_customer(actor, at=timezone.now(), **asked.model_dump()),
        "Read a customer's file, with the version to send with acts and the ids of e-mail addresses and numbers. "
        "Leaves an access record with your reason.",
    ),
    "read_customer_records": Reader(
        "What was done on a customer's file",
        VIEW,
        ReadRecords,
        Records,
        lambda actor, asked: reads.read_records(actor, at=timezone.now(), **asked.model_dump()),
        "Read what was done on a customer's file, by whom and why, newest first. Leaves an access record.",
    ),
    "read_approval": Reader(
        "How an approval stands",
        ASK,
        ReadApproval,
        ApprovalShown,
        lambda actor, asked: read_approval(actor, asked.approval_id),
        "Read what became of an act you asked to be allowed, by the approval_id you were given. Once it is allowed it is done.",
    ),
    "find_notices": Reader(
        "Notices you have to read",
        READ_NOTICES,
        FindNotices,
        Notices,
        find,
        "The notices that concern you: those you have not passed, what is due first first, or those you passed. Where an act is refused "
        "because a notice is not read, read it and pass it with receipts-pass_notice.",
    ),
    "read_notice": Reader(
        "Read a notice",
        READ_NOTICES,
        ReadNotice,
        NoticeShown,
        lambda actor, asked: read(actor, asked.notice_id, asked.language),
        "Read a notice with its questions, in one language. Answer them with receipts-pass_notice.",
    ),
}
READERS |= {
    "find_procedures": Reader(
        "Procedures in force",
        RUN,
        ReadProcedures,
        Procedures,
        lambda actor, _asked: find_procedures(actor),
        "The procedures that guide conversations, by name, and what each is about. Begin one with procedures-begin_procedure.",
    ),
    "read_procedure_run": Reader(
        "Where a procedure has come to",
        RUN,
        ReadRun,
        RunShown,
        lambda actor, asked: read_run(actor, asked.run_id),
        "Read what was taken so far and the step that is next: what to say, what can be answered, or the act to do with its arguments. "
        "Answer with procedures-answer_step, and read again. Leaves an access record.",
    ),
    "find_procedure_runs": Reader(
        "Procedures gone through with a customer",
        RUN,
        FindRunsOf,
        Runs,
        lambda actor, asked: find_runs(actor, **asked.model_dump()),
        "The procedures gone through with a customer, newest first, also what was left to be taken up. Leaves an access record.",
    ),
}
_ANSWERS: dict[str, Any] = {
    "type": "object",
    **TypeAdapter(ActDone | ApprovalShown).json_schema(mode="serialization"),
}


def list_tools(actor: Actor) -> list[Tool]:
    """The tools this actor may use, described in English."""
    with translation.override(None):
        readers = [_reader_tool(name, r) for name, r in READERS.items() if actor.may(r.permission)]
        return readers + [_act_tool(act) for act in offered_acts(actor)]


def tool_name(act: Act) -> str:
    """`customers.add_note` → `customers-add_note`."""
    return act.name.replace(".", "-")


def call_tool(actor: Actor, name: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Run a tool under the actor's rights. Gives the answer, or the error and True."""
    with translation.override(settings.LANGUAGE_CODE):
        try:
            return _run(actor, name, dict(arguments)).model_dump(mode="json"), False
        except ActError as error:
            return error.as_json(), True
        except (OperationalError, InterfaceError):
            log.exception("database_unavailable", tool=name)
            return Unavailable().as_json(), True
        except Exception:
            log.exception("tool_failed", tool=name)
            return {"code": "server_error", "message": _("Something went wrong on our side."), "fields": {}}, True


def _run(actor: Actor, name: str, arguments: dict[str, Any]) -> BaseModel:
    reader = READERS.get(name)
    if reader:
        actor.require(reader.permission)
        return reader.run(actor, read_as(reader.request, arguments))
    if "-" not in name:
        raise UnknownAct(name)
    asked = read_as(ToolRequest, arguments)
    key = check_key(asked.idempotency_key, "idempotency_key")
    act = name.replace("-", ".")
    if asked.preview:
        return run_act(actor, act, asked, key=key, preview=True)
    return run_or_ask(actor, act, asked, key=key)


def _reader_tool(name: str, reader: Reader) -> Tool:
    return Tool(
        name=name,
        title=reader.label,
        description=reader.doc,
        input_schema=reader.request.model_json_schema(),
        output_schema=reader.answer.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _act_tool(act: Act) -> Tool:
    schema = ToolRequest.model_json_schema()
    arguments = act.json_schema
    definitions = arguments.pop("$defs", None)
    schema["properties"]["arguments"] = arguments
    if definitions:
        schema["$defs"] = definitions
    required = [] if act.creates else ["subject_id"]
    schema["required"] = required + (["arguments"] if arguments.get("required") else [])
    if act.creates:
        del schema["properties"]["subject_id"]
    else:
        schema["properties"]["subject_id"]["description"] = f"The {act.subject} it is done to."
    del schema["description"]
    return Tool(
        name=tool_name(act),
        title=str(act.label),
        description=f"{act.label}. {act.doc}",
        input_schema=schema,
        output_schema=_ANSWERS,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=not (act.only_adds or act.creates),
            idempotent_hint=False,
            open_world_hint=False,
        ),
    )
