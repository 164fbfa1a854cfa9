"""Every setting of the product, as typed environment variables.

This is the only place that reads the environment. Django's settings are built from it, ``onhand settings`` lists it,
and a value that cannot be right stops the start with the variable's name, its value and what to write instead.
"""

import functools
import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Part = Literal["web", "jobs", "listeners", "router"]


def checkout() -> Path:
    """The folder the product runs from: the source checkout, or the current folder for an installed package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() else Path.cwd()


def _split(value: object) -> object:
    """Turn ``a, b`` into a list, so that lists are written without brackets."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _http_address(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in {"http", "https"} or not address.hostname or address.path.strip("/"):
        raise ValueError("write the address people open, for example https://desk.example.com, without a path")
    return value.rstrip("/")


def _issuer(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError("write the address of the provider, for example https://id.example.com/realms/company")
    if address.scheme == "http" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("the provider must be reached by https")
    return value


def _postgres_address(value: SecretStr) -> SecretStr:
    mend = "write postgresql://user:password@host:5432/database, with signs such as @ / % in a password as %40 %2F %25"
    try:
        address = urlsplit(value.get_secret_value())
        known = conninfo_to_dict(value.get_secret_value())
    except (ValueError, ProgrammingError):
        raise ValueError(mend) from None  # their own words repeat parts of the password
    if address.scheme not in {"postgresql", "postgres"} or not known.get("dbname"):
        raise ValueError(mend)
    return value


class Environment(BaseSettings):
    """The settings of one installation. Reading it never changes anything."""

    model_config = SettingsConfigDict(env_prefix="ONHAND_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Annotated[Path, AfterValidator(lambda path: path.expanduser().resolve())] = Field(
        default_factory=lambda: checkout() / "var",
        description="Folder that holds the embedded database, the secret key and uploaded files.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_postgres_address)] | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL server (15 or newer) to use instead of the embedded one: "
        "postgresql://user:password@host:5432/database.",
    )
    bind: str = Field(
        default="127.0.0.1", description="Network address to listen on. 0.0.0.0 opens the door to the network."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="TCP port to listen on.")
    url: Annotated[str, AfterValidator(_http_address)] | None = Field(
        default=None,
        description="Address people open in the browser. Default: http://127.0.0.1 and the port. "
        "With https, cookies are sent over https only.",
    )
    hosts: Annotated[list[str], NoDecode] = Field(
        default=[], description="Further host names the product may be asked for, separated by commas."
    )
    behind_proxy: bool = Field(
        default=False, description="A reverse proxy stands in front: believe its X-Forwarded-Proto and X-Forwarded-For."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that signs sessions and links. Default: made once and kept in the data folder. "
        "Must be the same on every machine.",
    )
    seal_key: SecretStr | None = Field(
        default=None,
        description="Key that seals the records. Default: made once and kept in the data folder. "
        "Must be the same on every machine and never change.",
    )
    demo: bool = Field(default=True, description="Create a demo company when the database is empty.")
    parts: Annotated[list[Part], NoDecode] = Field(
        default=["web", "jobs", "listeners", "router"],
        description="Parts this group of processes runs, separated by commas.",
    )
    web_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that answer requests; 0: one for every two processors, at most 4.",
    )
    web_threads: int = Field(default=8, ge=1, le=128, description="Requests a web process works on at the same time.")
    job_workers: int = Field(default=4, ge=1, le=64, description="Jobs that run at the same time.")
    pool_size: int = Field(default=10, ge=2, le=200, description="Database connections one process opens at most.")
    statement_seconds: int = Field(
        default=30, ge=1, le=3600, description="Longest time one database statement of a web request may take."
    )
    upload_megabytes: int = Field(default=25, ge=1, le=1024, description="Largest request body accepted.")
    clamd: str | None = Field(
        default=None,
        description="ClamAV's clamd, which scans what customers send: host:port, or the path of its socket. Default: nothing is scanned.",
    )
    api_per_minute: int = Field(
        default=600,
        ge=1,
        le=1_000_000,
        description="Requests a minute that one API token or signed-in person may make at /api/v1 and /mcp.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=720, description="Hours of no use after which a person must sign in again."
    )
    language: Literal["en", "es"] = Field(default="en", description="Language for people who have chosen none.")
    time_zone: str = Field(
        default="UTC",
        description="The company's time zone, for example Europe/Madrid: the days of its books, and what people have who chose none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log line written."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="json: one object a line. text: for reading. auto: text on a terminal, else json."
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="Bearer token that may read /metrics from other machines. Default: this machine only."
    )
    postgres_user: str | None = Field(
        default=None,
        description="System user the embedded database runs as when started by root. "
        "Default: onhand, postgres or nobody, the first that exists.",
    )
    postgres_connections: int = Field(
        default=100, ge=20, le=1000, description="Connections the embedded database accepts."
    )
    postgres_memory: int | None = Field(
        default=None,
        ge=16,
        le=65536,
        description="Shared buffers of the embedded database in megabytes. "
        "Default: an eighth of the memory, 128 to 1024.",
    )
    postgres_durable: bool = Field(
        default=True,
        description="Write every commit to disk before answering. "
        "Turn off for tests only: a power cut then loses the database.",
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        default=None,
        description="Address of the company's OpenID Connect provider, for single sign-on: https://id.example.com/realms/company.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="Name this product has at the single sign-on provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of that client. Default: none, for a public client (PKCE is always used)."
    )
    oidc_name: str = Field(default="company account", description="What people know the single sign-on as.")
    oidc_people: Literal["existing", "create"] = Field(
        default="existing",
        description="existing: active people with that verified e-mail address may come in by it. create: others are taken on.",
    )
    oidc_role_claim: str | None = Field(
        default=None, description="Claim of the identity token that says the role, for example groups."
    )
    oidc_roles: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Which value of the claim means which role, the first that fits: cs-leads=supervisor, cs=representative.",
    )
    oidc_default_role: str = Field(
        default="representative", description="Role of people taken on by single sign-on when the claim names none."
    )
    smtp_host: str | None = Field(
        default=None,
        description="Mail server for links to set a password. Default: none, administrators hand out links.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="TCP port of the mail server.")
    smtp_user: str | None = Field(default=None, description="Name to sign in to the mail server with.")
    smtp_password: SecretStr | None = Field(default=None, description="Password to sign in to the mail server with.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is protected."
    )
    mail_from: str | None = Field(default=None, description="Sender of these mails, for example onhand@example.com.")
    mail_megabytes: int = Field(
        default=50,
        ge=1,
        le=1024,
        description="Largest mail taken from customers. Of a larger one only the headers are kept, and people are told.",
    )
    lmtp_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="TCP port at which a mail server such as Postfix hands mail over by LMTP. "
        "Default: none, mail is fetched by IMAP.",
    )
    lmtp_bind: str = Field(
        default="127.0.0.1",
        description="Network address of that port. Whoever reaches it can hand mail in: only the mail server may.",
    )
    outside_networks: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Private networks that webhooks and connectors may reach, separated by commas, for example 10.1.0.0/16. "
        "Default: none, only public addresses over https.",
    )
    debug: bool = Field(
        default=False, description="Show error details in the browser. Never where strangers can reach it."
    )

    _split_lists = field_validator("hosts", "parts", "oidc_roles", "outside_networks", mode="before")(_split)

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError("write a time zone name such as Europe/Madrid or UTC") from error
        return value

    @field_validator("outside_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        import ipaddress

        try:
            return [str(ipaddress.ip_network(one)) for one in value]
        except ValueError as error:
            raise ValueError(f"write networks such as 10.1.0.0/16 or fd00::/8: {error}") from error

    @field_validator("oidc_roles")
    @classmethod
    def _pairs(cls, value: list[str]) -> list[str]:
        if any("=" not in pair or not all(part.strip() for part in pair.split("=", 1)) for pair in value):
            raise ValueError(
                "write value=role, separated by commas, for example cs-leads=supervisor, cs=representative"
            )
        return value

    @model_validator(mode="after")
    def _single_sign_on_is_whole(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("ONHAND_OIDC_ISSUER is set and ONHAND_OIDC_CLIENT_ID is not; the provider gives you one")
        return self

    @model_validator(mode="after")
    def _something_runs(self) -> Self:
        if not self.parts:
            raise ValueError("ONHAND_PARTS names no part; write web,jobs,listeners,router or leave it out")
        return self

    @property
    def address(self) -> str:
        """The address people open, without a trailing slash."""
        host = "127.0.0.1" if self.bind in {"0.0.0.0", "::", ""} else self.bind  # noqa: S104
        return self.url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def embedded(self) -> bool:
        """True if the product runs its own PostgreSQL."""
        return self.database_url is None


def variable_name(field: str) -> str:
    """The environment variable that sets a field of :class:`Environment`."""
    alias = Environment.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"ONHAND_{field.upper()}"


@functools.cache
def environment() -> Environment:
    """The settings of this process, read once. Raises pydantic's ``ValidationError`` on a wrong value."""
    return Environment()


def unknown_variables() -> list[str]:
    """Variables that start with ONHAND_ and mean nothing, most likely misspelt."""
    known = {variable_name(field) for field in Environment.model_fields} | {"ONHAND_PYTHON"}  # read by ./onhand
    return sorted(name for name in os.environ if name.startswith("ONHAND_") and name not in known)
