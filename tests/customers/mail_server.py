"""Debian's Postfix, in a folder of its own, on a port of its own, handing everything on to one place."""

import subprocess
import time
from pathlib import Path

MAIN = """
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
relayhost = [127.0.0.1]:{relay_to}
smtp_host_lookup = native
smtp_dns_support_level = disabled
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
local_recipient_maps =
alias_maps =
alias_database =
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
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
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One running mail server. `start` needs root, as Postfix does."""

    def __init__(self, folder: Path, *, port: int, relay_to: int) -> None:
        self.folder = folder
        for part in (folder, folder / "etc", folder / "queue", folder / "data"):
            part.mkdir(mode=0o755)
        for above in folder.parents[:4]:  # its own user has to come through
            if above.stat().st_mode & 0o011 != 0o011:
                above.chmod(above.stat().st_mode | 0o011)
        subprocess.run(["chown", "postfix", str(folder / "data")], check=True)
        (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder, relay_to=relay_to))
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))

    def start(self) -> None:
        """Start it, and wait until it is there."""
        self._tell("start")
        for _ in range(50):
            if self._tell("status", check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "mail.log").read_text())

    def stop(self) -> None:
        """Stop it; nothing if it never ran."""
        self._tell("stop", check=False)

    def _tell(self, what: str, *, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        command = ["/usr/sbin/postfix", "-c", str(self.folder / "etc"), what]
        return subprocess.run(command, check=check, capture_output=True, timeout=30)
