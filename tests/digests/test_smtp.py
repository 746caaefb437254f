import asyncio
import email
import email.policy
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from digests.doors import CANARY, HTML, SOON, TEXT, Postman, Scripted, a_message, listening, post_office
from digests.letters import NOON

from monitor.digests import smtp
from monitor.errors import ConfigError
from monitor.model import Part


def url(port: int, *, scheme: str = "mailto", login: str = "", query: str = "") -> str:
    return f"{scheme}://{login}127.0.0.1:{port}?from=desk@example.test&to=reader@example.test{query}"


async def sent(port: int, message=None, *, deadline: timedelta = smtp.DEADLINE, **parts):
    return await smtp.send(url(port, **parts), message or a_message(), deadline=deadline)


def read(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


# -- accepted --------------------------------------------------------------------------------------------------------


async def test_an_accepted_letter_is_one_that_a_mail_program_understands():
    postman = Postman("250 2.0.0 OK queued as 4XyZ")
    async with post_office(postman) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble, receipt.answer) == ("accepted", None, "2.0.0 OK queued as 4XyZ")
    (envelope,) = postman.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@example.test", ["reader@example.test"])
    letter = read(envelope)
    assert letter["Message-ID"] == "<0123456789abcdef0123456789abcdef@example.test>"
    assert letter["Date"].datetime == NOON
    assert letter["From"] == "News monitor <desk@example.test>"
    assert letter["To"] == "reader@example.test"
    assert letter["Subject"] == "Київ: 1 story, Wed 11 Sep 18:00"
    assert letter["List-Id"] == "<kyiv.news-monitor.example.test>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Monitor-Edition"] == "kyiv@2024-09-11T18:00@Europe/Kyiv"
    assert letter.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT
    assert letter.get_body(("html",)).get_content().strip() == HTML
    assert all(len(line) < 998 for line in envelope.content.splitlines())
    assert envelope.content.isascii()


async def test_the_letters_of_a_digest_are_one_thread_and_no_answering_machine_answers():
    postman = Postman()
    async with post_office(postman) as port:
        await sent(port)
        await sent(port, a_message(key="f" * 32))
        await sent(port, a_message(key="e" * 32, digest="another"))
    first, second, other = map(read, postman.letters)
    assert first["References"] == first["In-Reply-To"] == second["References"] != other["References"]
    assert first["References"].endswith("@example.test>")
    assert first["Message-ID"] != second["Message-ID"]
    assert (first["Auto-Submitted"], first["Precedence"]) == ("auto-generated", "bulk")
    assert "List-Unsubscribe" not in first


@pytest.mark.parametrize(
    ("url", "one_click"),
    [
        ("mailto:desk@example.test?subject=no%20more", None),
        ("https://example.test/out?" + "token=0123456789abcdef&" * 9 + "x=1", "List-Unsubscribe=One-Click"),
    ],
)
async def test_who_does_not_want_the_digest_any_more_finds_the_way_out_unbroken(url, one_click):
    postman = Postman()
    async with post_office(postman) as port:
        await sent(port, a_message(unsubscribe=url))
    letter = read(postman.letters[0])
    assert letter["List-Unsubscribe"] == f"<{url}>"
    assert url.encode() in postman.letters[0].content, "as it is, in one line: not every program decodes it"
    assert letter["List-Unsubscribe-Post"] == one_click


@pytest.mark.parametrize("big", ["552 5.3.4 too big", "250 OK"])
async def test_a_letter_that_is_too_big_goes_without_its_html_under_the_same_id(big):
    class Narrow(Postman):
        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            answer = await super().handle_DATA(server, session, envelope)
            return big if b"text/html" in envelope.content else answer

    postman = Narrow()
    async with post_office(postman) as port:
        receipt = await sent(port)
    assert receipt.verdict == "accepted"
    letters = [read(envelope) for envelope in postman.letters]
    assert len({letter["Message-ID"] for letter in letters}) == 1
    assert [letter.get_content_type() for letter in letters] == ["multipart/alternative", "text/plain"][: len(letters)]
    assert len(letters) == (2 if big.startswith("552") else 1)
    assert letters[-1].get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT


async def test_lines_that_begin_with_a_dot_arrive_as_they_were():
    postman = Postman()
    text = ".\n..\n.hidden\nend.\n"
    async with post_office(postman) as port:
        await sent(port, a_message(part=Part(subject="dots", text=text, html="<p>h</p>")))
    assert read(postman.letters[0]).get_body(("plain",)).get_content().replace("\r\n", "\n") == text


async def test_every_attempt_sends_the_same_bytes():
    postman = Postman()
    async with post_office(postman) as port:
        await sent(port)
        await sent(port)
    assert postman.letters[0].content == postman.letters[1].content


async def test_the_url_may_name_the_writer_headers_and_where_to_answer():
    postman = Postman()
    named = "&from=Desk<desk@example.test>&reply=editor@example.test&+X-Team=desk"
    async with post_office(postman) as port:
        made = f"mailto://127.0.0.1:{port}?to=Reader<reader@example.test>{named}"
        assert (await smtp.send(made, a_message())).verdict == "accepted"
    letter = read(postman.letters[0])
    assert (letter["From"], letter["Reply-To"]) == ("Desk <desk@example.test>", "editor@example.test")
    assert letter["X-Team"] == "desk"


async def test_a_subject_with_line_breaks_and_hidden_text_is_one_harmless_line():
    postman = Postman()
    part = Part(subject="a\r\nBcc: x@evil.test\x00\u202e @everyone", text="t", html="h")
    async with post_office(postman) as port:
        await sent(port, a_message(part=part))
    letter = read(postman.letters[0])
    assert letter["Subject"] == "a Bcc: x@evil.test @ everyone"
    assert "Bcc" not in letter


# -- who --------------------------------------------------------------------------------------------------------------


def test_everybody_the_url_names_is_a_recipient_of_their_own():
    made = "mailtos://u:p@example.test?to=a@example.test,b@example.test&cc=c@example.test&bcc=d@example.test,a@example.test"
    assert smtp.recipients(made) == ("a@example.test", "b@example.test", "c@example.test", "d@example.test")
    assert smtp.recipients("mailtos://u:p@example.test") == ("u@example.test",)


@pytest.mark.parametrize(
    "made",
    [
        "mailto://127.0.0.1",
        "mailto://u:{}@example.test?to=not-an-address",
        "mailto://u:{}@example.test?to=a@example.test,nonsense",
        "mailto://u:{}@example.test?to=a@example.test&cc=nonsense",
        "mailto://u:{}@example.test?pgp=encrypt",
        "mailto://u:{}@example.test?to=жук+a@example.test",
        "mailto://u:{}@example.test?to=a..b+c@example.test",
        "mailto://u:{}@example.test?optional=yes",
        "mailto://u:{}@example.test?mode=nonsense",
        "mailtos://u:{}@example.test?mode=insecure",
        "mailto://u:{}@example.test?+Message-ID=x",
        "mailto://",
    ],
)
def test_a_url_that_cannot_be_used_is_complained_of_without_showing_it(made):
    with pytest.raises(ConfigError) as complaint:
        smtp.recipients(made.format(CANARY))
    assert CANARY not in str(complaint.value)
    assert complaint.value.hint


async def test_a_recipient_who_was_taken_out_of_the_url_gets_nothing():
    postman = Postman()
    async with post_office(postman) as port:
        receipt = await sent(port, a_message(recipient="gone@example.test"))
    assert (receipt.verdict, receipt.trouble.code) == ("refused", "recipient")
    assert postman.letters == []


async def test_a_url_that_became_unusable_is_a_failure_that_a_person_can_mend():
    receipt = await smtp.send("mailto://", a_message())
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "config")


# -- refused, failed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("postman", "verdict", "code"),
    [
        (Postman("451 4.3.0 try later"), "failed", "smtp_451"),
        (Postman("550 5.7.1 we do not like it"), "refused", "smtp_550"),
        (Postman("552 5.3.4 too big"), "refused", "smtp_552"),
        (Postman("554 5.6.0 spam"), "refused", "smtp_554"),
        (Postman(to_recipient="550 5.1.1 no such user"), "refused", "smtp_550"),
        (Postman(to_recipient="450 4.2.0 greylisted"), "failed", "smtp_450"),
        (Postman(to_sender="530 5.7.0 authentication required"), "failed", "auth"),
        (Postman(to_sender="421 4.3.2 closing"), "failed", "smtp_421"),
    ],
)
async def test_a_servers_code_decides_between_not_now_and_never(postman, verdict, code):
    async with post_office(postman) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == (verdict, code)
    words = (postman.to_recipient or postman.to_sender or postman.answer)[4:]
    assert receipt.answer == words
    assert receipt.trouble.text.endswith(words)


async def test_a_letter_that_the_server_says_is_too_long_is_not_sent_at_all():
    postman = Postman()
    async with post_office(postman, data_size_limit=100) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("refused", "size")
    assert postman.letters == []


async def test_nobody_there_is_a_failure(unused_tcp_port):
    receipt = await sent(unused_tcp_port)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "connection")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "protocol"),
        ((b"554 no mail here\r\n",), "smtp_554"),
        ((b"421 too many\r\n",), "smtp_421"),
        ((b"220 hi\r\n", b"500 what?\r\n", b"502 no\r\n"), "smtp_502"),
        ((b"220 hi\r\n", b"250 hi\r\n", b"nonsense\r\n"), "protocol"),
    ],
)
async def test_what_answers_and_is_no_mail_server_of_ours_is_a_failure(script, code):
    async with listening(lambda: Scripted(*script)) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", code)


@pytest.mark.parametrize(
    "script",
    [(b"",), (b"220-hi\r\n",), (b"220 hi\r\n", None), (b"220 hi\r\n", b"250 hi\r\n", None)],
)
async def test_a_server_that_stalls_before_the_letter_is_a_failure_in_time(script):
    async with listening(lambda: Scripted(*script)) as port:
        receipt = await sent(port, deadline=SOON)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "timeout")


class Tarpit(asyncio.Protocol):
    """Drips its greeting, a letter at a time, for ever."""

    def connection_made(self, transport):
        self.transport = transport
        self.drip()

    def drip(self):
        if not self.transport.is_closing():
            self.transport.write(b"2")
            asyncio.get_running_loop().call_later(0.02, self.drip)

    def connection_lost(self, wrong):
        self.transport.abort()


async def test_a_greeting_that_drips_is_broken_off():
    async with listening(Tarpit) as port:
        receipt = await sent(port, deadline=SOON)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "timeout")


# -- unknown -----------------------------------------------------------------------------------------------------------


async def test_a_server_that_takes_the_letter_and_stalls_leaves_it_unknown_and_a_repeat_has_the_same_message_id():
    postman = Postman()
    postman.stalls = True
    async with post_office(postman) as port:
        receipt = await sent(port, deadline=SOON)
        assert (receipt.verdict, receipt.trouble.code) == ("unknown", "timeout")
        postman.stalls = False
        assert (await sent(port)).verdict == "accepted"
    first, second = postman.letters
    assert read(first)["Message-ID"] == read(second)["Message-ID"]


async def test_a_server_that_takes_the_letter_and_hangs_up_leaves_it_unknown():
    postman = Postman()
    postman.hangs_up = True
    async with post_office(postman) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("unknown", "connection")


async def test_an_answer_to_the_letter_that_is_no_answer_leaves_it_unknown():
    async with post_office(Postman("thanks")) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("unknown", "protocol")


async def test_a_sender_that_is_stopped_lets_go_of_the_server():
    postman = Postman()
    postman.stalls = True
    async with post_office(postman) as port:
        task = asyncio.create_task(sent(port))
        await postman.has_one.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# -- TLS and login -----------------------------------------------------------------------------------------------------


def a_doorman(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"desk", CANARY.encode())
    return AuthResult(success=good, handled=False)


async def test_starttls_with_a_certificate_that_nobody_vouches_for_is_not_used(tls):
    postman = Postman()
    async with post_office(postman, tls_context=tls) as port:
        receipt = await sent(port, scheme="mailtos")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "tls")
    assert "self-signed" in receipt.trouble.text
    assert postman.letters == []


async def test_starttls_and_login_with_a_certificate_that_is_trusted(tls, trusted):
    postman = Postman()
    async with post_office(postman, tls_context=tls, authenticator=a_doorman, require_starttls=True) as port:
        receipt = await sent(port, scheme="mailtos", login=f"desk:{CANARY}@", query="&user=desk")
    assert receipt.verdict == "accepted"
    assert postman.letters


async def test_a_certificate_of_ones_own_is_used_if_the_url_says_so(tls):
    postman = Postman()
    async with post_office(postman, tls_context=tls) as port:
        receipt = await sent(port, scheme="mailtos", query="&verify=no")
    assert receipt.verdict == "accepted"


async def test_a_server_without_starttls_is_not_spoken_to_in_the_clear():
    postman = Postman()
    async with post_office(postman) as port:
        receipt = await sent(port, scheme="mailtos", login=f"desk:{CANARY}@", query="&user=desk")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "tls")
    assert postman.letters == []


async def test_tls_from_the_first_byte(tls, trusted):
    postman = Postman()
    loop = asyncio.get_running_loop()

    def protocol():
        from aiosmtpd.smtp import SMTP

        return SMTP(postman, loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    receipt = await sent(port, scheme="mailtos", query="&mode=ssl")
    server.close()
    assert receipt.verdict == "accepted"


async def test_a_wrong_password_is_a_failure_that_a_person_can_mend(tls, trusted):
    postman = Postman()
    async with post_office(postman, tls_context=tls, authenticator=a_doorman) as port:
        receipt = await sent(port, scheme="mailtos", login="desk:wrong-pass@", query="&user=desk")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "auth")
    assert "535" in receipt.trouble.text


async def test_a_server_that_knows_no_passwords_is_a_failure():
    async with listening(lambda: Scripted(b"220 hi\r\n", b"250-hi\r\n250 AUTH XOAUTH2\r\n", b"250 x\r\n")) as port:
        receipt = await sent(port, login=f"desk:{CANARY}@")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "auth")


async def test_a_server_that_says_the_password_back_is_not_quoted_with_it():
    from base64 import b64encode

    echo = b64encode(f"\0desk\0{CANARY}".encode()).decode()
    script = (b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", f"535 bad: {CANARY} {echo}\r\n".encode())
    async with listening(lambda: Scripted(*script)) as port:
        receipt = await sent(port, login=f"desk:{CANARY}@", query="&user=desk")
    assert receipt.trouble.code == "auth"
    assert CANARY not in str(receipt)
    assert echo not in str(receipt)
    assert "535" in receipt.trouble.text
