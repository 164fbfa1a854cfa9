"""The forms in which procedures and their runs are answered."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from onhand.web.api.schemas import Id, Page, SentId

Words = dict[str, str]


class ProcedureLine(Schema):
    """A procedure that is in force. Begin it with the act `procedures.begin_procedure`."""

    id: int
    name: str
    version: int
    about: str = Field(description="What it is about: order, customer, or another type of subject.")
    reasons: list[str] = Field(description="The reasons of contacts it is meant for.")
    purpose: str


class Procedures(Schema):
    """The procedures in force, by name."""

    procedures: list[ProcedureLine]


class StepBehind(Schema):
    """A step that was taken, known already, or skipped."""

    step: str
    status: Literal["taken", "known", "skipped"]
    answer: str = Field(description="As it was given; empty where nothing was asked, or it may not be told yet.")
    reason: str = Field(description="Why it was skipped.")
    by: str
    record_id: int | None = Field(description="The record of the act that was done for it.")


class StepOption(Schema):
    """An answer that can be given: send its `key`."""

    key: str
    words: Words = Field(description="By language.")
    most: str | None = Field(description="The most that may be given with it, in the currency of what it is about.")


class PreparedAct(Schema):
    """An act that is to be done for the step, by its own address or tool. The run goes on by itself once it is done."""

    act: str
    tool: str = Field(description="Its name among the tools of MCP.")
    subject_type: str
    subject_id: int | None
    arguments: dict[str, Any] = Field(description="What is known of its arguments; the rest is for who does it.")


class StepNow(Schema):
    """The step it has come to, and what to do about it."""

    step: str
    kind: Literal["say", "ask", "identify", "stop", "offer", "do"]
    todo: Literal["answer", "identify", "act", "wait", "end"] = Field(
        description="answer: `procedures.answer_step`. identify: identify the customer. act: do the prepared act. wait: for the approval. "
        "end: answer it with nothing, and the procedure ends."
    )
    must: bool = Field(description="It cannot be skipped.")
    words: Words = Field(description="What is said to the customer, by language.")
    hints: Words = Field(description="For who says it, by language.")
    articles: list[str] = Field(description="Titles of articles that help.")
    type: str | None = Field(description="What an answer can be: choice, yes or no, number, date, text.")
    options: list[StepOption]
    level: int | None = Field(description="To which level the customer must be identified.")
    chosen: str | None = Field(description="The remedy that was chosen.")
    prepared: PreparedAct | None
    approval_id: int | None = Field(description="The approval that is waited for.")


class RunLine(Schema):
    """A procedure gone through with a customer."""

    id: int
    procedure_id: int
    procedure: str
    version: int = Field(description="Of the procedure: a run ends by the version it was begun with.")
    state: Literal["open", "left", "ended"]
    outcome: Literal["", "through", "stopped", "given_up"]
    about_type: str
    about_id: int
    about: str
    customer_id: int | None
    contact_id: int | None
    case_id: int | None
    begun_at: datetime
    begun_by: str
    held_by: str
    is_yours: bool = Field(
        description="Whether you hold it. What a colleague left or holds is taken up with `procedures.take_up_procedure`."
    )
    ended_at: datetime | None
    note: str


class RunShown(RunLine):
    """A run as it stands. `step` is null once nothing is left: then `procedures.end_procedure` ends it."""

    language: str = Field(description="The customer's language.")
    path: list[StepBehind]
    step: StepNow | None


class Runs(Schema):
    """Procedures gone through with a customer, what was begun last first."""

    runs: list[RunLine]
    next: int | None = Field(description="Send it as `before` for those begun earlier.")


class FindRuns(Page):
    """Which page of a customer's runs."""

    before: Id | None = Field(default=None, description="“next” of the answer before.")


class FindRunsOf(FindRuns):
    """Whose runs."""

    customer_id: SentId


class ReadRun(Schema):
    """Which run is read."""

    model_config = ConfigDict(extra="forbid")

    run_id: SentId = Field(description="The subject_id that beginning it gave.")


class ReadProcedures(Schema):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid")
