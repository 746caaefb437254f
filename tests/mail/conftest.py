"""A real Postfix that takes mail for example.test on loopback, and a real Dovecot by which it is read."""

import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
default_transport = error:no relay
relay_transport = error:no relay
virtual_mailbox_domains = example.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = permit_mynetworks, reject
message_size_limit = {size}
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/mail/inbox
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password=pass
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""
SIZE = 200_000  # bytes of a letter that Postfix takes


class PostOffice:
    """Both servers; every address of example.test has the same mailbox."""

    def __init__(self, folder: Path, port: int, imap: int) -> None:
        self.folder, self.port, self.imap = folder, port, imap

    def start(self) -> None:
        user = pwd.getpwnam("mail")
        said = {
            **{"folder": self.folder, "port": self.port, "imap": self.imap, "size": SIZE},
            **{"uid": user.pw_uid, "gid": user.pw_gid},
        }
        for name in ("postfix", "queue", "state", "mail", "home", "dovecot", "dovecot-state"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "state", "postfix")
        for name in ("mail", "home"):
            shutil.chown(self.folder / name, user.pw_uid, user.pw_gid)
        (self.folder / "postfix" / "main.cf").write_text(MAIN.format(**said))
        (self.folder / "postfix" / "master.cf").write_text(MASTER.format(**said))
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(**said))
        self._do("postfix", "-c", str(self.folder / "postfix"), "start")
        self._do("dovecot", "-c", str(self.folder / "dovecot.conf"))

    def stop(self) -> None:
        self._do("postfix", "-c", str(self.folder / "postfix"), "stop")
        self._do("dovecot", "-c", str(self.folder / "dovecot.conf"), "stop")

    def _do(self, *words: str) -> None:
        with (self.folder / "said").open("ab") as said:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=30)
        assert done.returncode == 0, (self.folder / "said").read_text()

    def is_quiet(self) -> bool:
        """Whether everything that was taken has been delivered."""
        queues = [self.folder / "queue" / name for name in ("incoming", "active", "deferred", "maildrop")]
        return not any(path.is_file() for queue in queues for path in queue.rglob("*"))

    def letters(self, to: str) -> list[EmailMessage]:
        """What lies in the mailbox for an address, by IMAP."""
        with imaplib.IMAP4("127.0.0.1", self.imap) as box:
            box.login("reader", "pass")
            box.select("INBOX", readonly=True)
            _, [found] = box.search(None, "TO", f'"{to}"')
            letters = [box.fetch(number, "(RFC822)")[1][0][1] for number in found.decode().split()]
        return [message_from_bytes(letter, policy=policy.default) for letter in letters]


@pytest.fixture(scope="session")
def mail_server(unused_tcp_port_factory) -> Iterator[PostOffice]:
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root alone")
    for name in ("postfix", "dovecot"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed: apt-get install postfix dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="monitor-mail-", dir="/tmp"))  # short, and open to the servers' users
    folder.chmod(0o755)
    office = PostOffice(folder, unused_tcp_port_factory(), unused_tcp_port_factory())
    try:
        office.start()
        yield office
    finally:
        office.stop()
        shutil.rmtree(folder, ignore_errors=True)
