"""Debian's Dovecot and Postfix for tests: each in a folder of its own, on loopback, on free ports, with a certificate of its own."""

import contextlib
import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DOVECOT, POSTFIX = Path("/usr/sbin/dovecot"), Path("/usr/sbin/postfix")
PASSWORD = "lantern-quay-88"
COMPANY, OUTSIDE = "company.example", "customer.example"


def why_no_dovecot() -> str:
    """Why Dovecot cannot be started here; empty if it can. It needs no root."""
    return "" if DOVECOT.exists() else "Dovecot is not installed (scripts/install-test-services)"


def why_no_postfix() -> str:
    """Why Postfix cannot be started here; empty if it can."""
    if not POSTFIX.exists():
        return "Postfix is not installed (scripts/install-test-services)"
    return "" if os.geteuid() == 0 else "Postfix starts for root only"


def free_ports(number: int) -> list[int]:
    """Ports nobody listens at just now."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for a name and loopback, signed by itself: (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


_DOVECOT = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {name}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = {plaintext_refused}
login_trusted_networks =
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mailbox_idle_check_interval = 1 secs
{passdb}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Done {{
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """One running Dovecot. Every address is a mailbox, and the password is always `PASSWORD`."""

    def __init__(self, folder: Path, introspection: str = "") -> None:
        """With `introspection`, an address that says whose a token is, tokens are taken instead of the password."""
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        for part in (folder, folder / "run", folder / "state", folder / "mail"):
            part.mkdir(mode=0o755)
        _let_others_through(folder)
        users = _users()
        if os.geteuid() == 0:
            shutil.chown(folder / "mail", "nobody", "nogroup")
        self.certificate, key = make_certificate(folder)
        self.imap, self.imaps, self.lmtp, self.auth = free_ports(4)
        (folder / "dovecot.conf").write_text(
            _DOVECOT.format(
                folder=folder,
                name=f"test{self.imap}",
                certificate=self.certificate,
                key=key,
                passdb=self._passdb(introspection),
                **users,
                plaintext_refused="no",
                imap=self.imap,
                imaps=self.imaps,
                lmtp=self.lmtp,
                auth=self.auth,
            )
        )

    def _passdb(self, introspection: str) -> str:
        if not introspection:
            return f"passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}"
        told = self.folder / "tokens.conf"
        told.write_text(f"introspection_url = {introspection}\nintrospection_mode = get\nusername_attribute = email\n")
        way = f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {told}\n}}"
        return f"auth_mechanisms = xoauth2 oauthbearer\n{way}"

    def start(self, *, plaintext_refused: bool = False) -> None:
        """Start it, and wait until it answers."""
        config = self.folder / "dovecot.conf"
        lines = [
            f"disable_plaintext_auth = {'yes' if plaintext_refused else 'no'}"
            if line.startswith("disable_plaintext_auth")
            else line
            for line in config.read_text().splitlines()
        ]
        config.write_text("\n".join(lines) + "\n")
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)], stdout=quiet, stderr=quiet)
        _wait_for(self.imap, self.folder / "dovecot.log")
        _wait_for(self.lmtp, self.folder / "dovecot.log")

    def stop(self) -> None:
        """Stop it; nothing if it never ran."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
            self._process = None

    def kill(self) -> None:
        """End it and everything it started, as a machine that loses power does."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._process.kill()
        self._process.wait(15)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)
        self._process = None

    def doveadm(self, *words: str, text: bytes = b"") -> bytes:
        """Run Dovecot's own tool on the mailboxes."""
        command = ["doveadm", "-c", str(self.folder / "dovecot.conf"), *words]
        return subprocess.run(command, check=True, input=text, capture_output=True, timeout=30).stdout

    def renumber(self, address: str, folder: str = "INBOX") -> None:
        """Give the folder another UIDVALIDITY and its mails other numbers, as after a restore."""
        box = self.folder / "mail" / address
        place = box if folder == "INBOX" else box / f".{folder}"
        for old in [*place.glob("dovecot-uidlist*"), *place.glob("dovecot.index*"), *box.glob("dovecot-uidvalidity*")]:
            old.unlink(missing_ok=True)
        validity = str(secrets.randbelow(2**30) + 1)
        self.doveadm("mailbox", "update", "-u", address, "--uid-validity", validity, folder)


def _users() -> dict[str, str]:
    """As whom its parts run: as root as Debian means it, otherwise all as whoever runs the tests."""
    if os.geteuid() == 0:
        internal = {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
        return internal | {"owner": "nobody", "owner_group": "nogroup"}
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return {"internal": user, "internal_group": group, "login": user, "owner": user, "owner_group": group}


_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.test.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_host_lookup = native
smtp_dns_support_level = disabled
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
local_recipient_maps =
alias_maps =
alias_database =
transport_maps = inline:{{ {transports} }}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
lmtp_destination_recipient_limit = 50
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """
    One running Postfix: mail for each domain goes to an LMTP port. `port` takes mail from this machine, `submission` only over
    TLS and from who signs in with Dovecot's password.
    """

    def __init__(
        self,
        folder: Path,
        dovecot: Dovecot,
        transports: dict[str, int] | None = None,
        others: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        for part in (folder, folder / "etc", folder / "queue", folder / "data"):
            part.mkdir(mode=0o755)
        _let_others_through(folder)
        shutil.chown(folder / "data", "postfix")
        self.port, self.submission = free_ports(2)
        ways = {COMPANY: dovecot.lmtp, OUTSIDE: dovecot.lmtp} | (transports or {})
        listed = ", ".join(
            f"{{ {domain} = {way} }}"
            for domain, way in [(one, f"lmtp:inet:127.0.0.1:{port}") for one, port in ways.items()]
            + list((others or {}).items())
        )
        main = _MAIN.format(
            folder=folder,
            transports=listed,
            certificate=dovecot.certificate,
            key=dovecot.folder / "key.pem",
            auth=dovecot.auth,
        )
        (folder / "etc" / "main.cf").write_text(main)
        (folder / "etc" / "master.cf").write_text(_MASTER.format(port=self.port, submission=self.submission))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._tell("start")
        _wait_for(self.port, self.folder / "mail.log")

    def stop(self) -> None:
        """Stop it; nothing if it never ran."""
        self._tell("stop", check=False)

    def log(self) -> str:
        """What it wrote down."""
        return (self.folder / "mail.log").read_text()

    def _tell(self, what: str, *, check: bool = True) -> None:
        command = [str(POSTFIX), "-c", str(self.folder / "etc"), what]
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=check, stdout=quiet, stderr=quiet, timeout=30)


def _let_others_through(folder: Path) -> None:
    """Their own users have to come through to the folder."""
    for above in folder.parents[:4]:
        if above != above.parent and above.stat().st_mode & 0o011 != 0o011:
            above.chmod(above.stat().st_mode | 0o011)


def _wait_for(port: int, log: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text() if log.exists() else f"nothing answers at port {port}")
