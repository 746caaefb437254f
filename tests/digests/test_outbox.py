from datetime import UTC, datetime, timedelta

import pytest
from digests.letters import NOON, a_letter, matched
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests import apprise, smtp, webhook
from monitor.digests.outbox import (
    ANSWER,
    LEASE,
    STOPPED,
    WAITS,
    Past,
    claim,
    delivery_id,
    door_for,
    message,
    outcome,
    past,
    queued,
    quoted,
    step,
)
from monitor.digests.parts import Room
from monitor.digests.render import render
from monitor.events import DeliveryRevived, DigestAttempted, DigestFailed, DigestSent, DigestUnknown
from monitor.model import Delivery, OutboxRow, Part, Receipt, Trouble

TROUBLE = Trouble(code="timeout", text="no answer")
PARTS = (Part(subject="s (1/2)", text="t1", html="h1"), Part(subject="s (2/2)", text="t2", html="h2"))
FAILED, UNKNOWN, REFUSED, ACCEPTED = (
    Receipt(verdict="failed", trouble=TROUBLE),
    Receipt(verdict="unknown", trouble=TROUBLE),
    Receipt(verdict="refused", trouble=TROUBLE),
    Receipt(verdict="accepted", answer="250 OK"),
)


def put(**recipients: tuple[str, ...]):
    letter = a_letter(matched())
    return queued(
        letter, slot=letter.slot, reason="scheduled", through="m1", parts=PARTS, recipients=recipients, now=NOON
    )


def row(state: str = "waiting", *, n: int = 0, due: datetime | None = NOON) -> OutboxRow:
    delivery = Delivery(id="d1", channel="mail", recipient="a@example.test", part=0)
    return OutboxRow(edition="kyiv@x", delivery=delivery, state=state, n=n, due=due)


def attempt(n: int = 1) -> DigestAttempted:
    return DigestAttempted(at=NOON, edition="kyiv@x", delivery="d1", n=n, lease_until=NOON + LEASE)


def test_every_part_goes_to_every_recipient_of_every_channel_as_a_delivery_of_its_own():
    event = put(mail=("a@example.test", "b@example.test"), chat=("1",))
    assert [(d.channel, d.recipient, d.part) for d in event.deliveries] == [
        ("mail", "a@example.test", 0),
        ("mail", "a@example.test", 1),
        ("mail", "b@example.test", 0),
        ("mail", "b@example.test", 1),
        ("chat", "1", 0),
        ("chat", "1", 1),
    ]
    assert len({d.id for d in event.deliveries}) == 6
    assert event.items == (matched().item.id,)


def test_a_delivery_is_known_by_edition_instant_channel_recipient_and_part_and_nothing_else():
    again = put(mail=("a@example.test",), chat=("1",)).deliveries
    assert again[0].id == put(mail=("a@example.test",)).deliveries[0].id
    assert again[0].id == delivery_id("kyiv@2024-09-11T18:00@Europe/Kyiv", NOON, "mail", "a@example.test", 0)
    written = delivery_id("kyiv@x", NOON, "mail", "a@example.test", 0)
    assert written == "f2902bf195ad055a936d5b70eb9418ef"  # once, for ever


def test_two_services_that_never_met_do_not_give_their_letters_one_key():
    ours = delivery_id("desk@x", NOON, "mail", "a@example.test", 0)
    assert ours != delivery_id("desk@x", NOON + timedelta(microseconds=1), "mail", "a@example.test", 0)


def test_a_recipient_named_twice_gets_one_letter():
    assert len(put(mail=("a@example.test", "a@example.test")).deliveries) == len(PARTS)


def test_a_channel_with_less_room_gets_parts_of_its_own_and_the_letter_is_kept_whole():
    letter = a_letter(matched())
    whole = Part(subject="s", text="\n\n".join(f"story {n} of many" for n in range(40)), html="h")
    event = queued(
        letter,
        slot=letter.slot,
        reason="scheduled",
        through="m1",
        parts=[whole],
        recipients={"mail": ("a@example.test",), "chat": ("1", "2"), "desk": ("1",)},
        rooms={"mail": None, "chat": Room(size=400), "desk": Room(size=400)},
        now=NOON,
    )
    assert event.parts[0] == whole
    numbers = tuple(range(1, len(event.parts)))
    assert len(numbers) > 1
    assert [d.part for d in event.deliveries] == [0, *numbers, *numbers, *numbers]
    last = message(event, event.deliveries[-1])
    assert (last.number, last.parts) == (len(numbers), len(numbers))
    assert last.part.subject == f"s ({len(numbers)}/{len(numbers)})"
    assert (message(event, event.deliveries[0]).number, message(event, event.deliveries[0]).parts) == (1, 1)


def test_a_message_is_the_part_as_it_was_queued():
    event = put(mail=("a@example.test",))
    said = message(event, event.deliveries[1])
    assert (said.part, said.number, said.parts, said.key) == (PARTS[1], 2, 2, event.deliveries[1].id)
    assert (said.edition, said.queued, said.recipient) == (event.edition, NOON, "a@example.test")


def test_a_claim_is_the_next_attempt_and_holds_for_a_lease():
    taken = claim(row("attempted", n=2), NOON)
    assert (taken.n, taken.delivery, taken.lease_until) == (3, "d1", NOON + LEASE)


def test_the_lease_is_longer_than_any_door_takes():
    assert max(smtp.DEADLINE, webhook.DEADLINE, apprise.DEADLINE) * 2 < LEASE


def test_accepted_is_sent():
    assert outcome(attempt(), ACCEPTED, NOON) == DigestSent(
        at=NOON, edition="kyiv@x", delivery="d1", n=1, answer="250 OK"
    )


def test_failed_is_tried_again_later_and_later_and_then_given_up():
    retries = [outcome(attempt(9), FAILED, NOON, before=Past(tries=n)).retry_at for n in range(len(WAITS) + 1)]
    assert retries == [*(NOON + wait for wait in WAITS), None]
    assert list(WAITS) == sorted(WAITS)


def test_refused_is_given_up_at_once():
    ended = outcome(attempt(), REFUSED, NOON)
    assert isinstance(ended, DigestFailed)
    assert ended.retry_at is None


def test_unknown_is_said_to_be_unknown_and_repeated_once():
    ended = outcome(attempt(), UNKNOWN, NOON)
    assert isinstance(ended, DigestUnknown)
    assert ended.retry_at == NOON + WAITS[0]
    assert outcome(attempt(2), UNKNOWN, NOON, before=Past(tries=1, doubts=1)).retry_at is None
    assert outcome(attempt(2), FAILED, NOON, before=Past(tries=1, doubts=1)).retry_at == NOON + WAITS[1]


def test_where_the_receiver_keeps_one_of_many_a_letter_is_repeated_as_often_as_after_a_failure():
    again = [outcome(attempt(9), UNKNOWN, NOON, before=Past(tries=n, doubts=n), unknown="repeat") for n in range(9)]
    assert [one.retry_at for one in again] == [*(NOON + wait for wait in WAITS), None]
    assert apprise.keeps_one("matrix://token@127.0.0.1/!news:example.test")
    assert not apprise.keeps_one("ntfy://127.0.0.1/one")


def test_where_doubt_is_to_be_held_no_second_copy_is_sent():
    assert outcome(attempt(), UNKNOWN, NOON, unknown="hold").retry_at is None
    assert outcome(attempt(), FAILED, NOON, unknown="hold").retry_at == NOON + WAITS[0]
    held = step(row("attempted", n=1), "hold", NOON)  # its sender died in the middle
    assert (type(held), held.n, held.retry_at) == (DigestUnknown, 1, None)
    assert step(row("attempted", n=1), "resend", NOON) == claim(row("attempted", n=1), NOON)
    assert step(row("waiting"), "hold", NOON) == claim(row("waiting"), NOON)


def test_a_doubt_of_our_own_making_never_keeps_a_letter_from_being_told():
    stopped = Receipt(verdict="unknown", trouble=STOPPED)
    assert outcome(attempt(3), stopped, NOON, before=Past(tries=2, doubts=1)).retry_at == NOON + WAITS[2]
    assert outcome(attempt(3), stopped, NOON, before=Past(tries=2, doubts=1), unknown="hold").retry_at is None


def test_what_was_tried_counts_from_the_last_time_that_a_person_asked():
    events = [attempt(1), outcome(attempt(1), UNKNOWN, NOON), attempt(2)]
    assert past(events, "d1") == Past(tries=2, doubts=1)
    assert past(events, "another") == Past()
    revived = DeliveryRevived(at=NOON, edition="kyiv@x", delivery="d1", who="ann")
    assert past([*events, revived, attempt(3)], "d1") == Past(tries=1, revivals=1)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(seconds=5), WAITS[0]),
        (timedelta(seconds=-9), WAITS[0]),
        (timedelta(days=400), timedelta(hours=24)),
    ],
)
def test_a_servers_wish_is_kept_within_reason(asked, waited):
    busy = Receipt(verdict="failed", trouble=TROUBLE, retry_after=asked)
    assert outcome(attempt(), busy, NOON).retry_at == NOON + waited


@given(
    st.integers(1, 20),
    st.sampled_from([FAILED, UNKNOWN, REFUSED, ACCEPTED]),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
)
def test_an_outcome_belongs_to_its_attempt_and_never_lies_in_the_past(n, receipt, local):
    now = local.replace(tzinfo=UTC)
    ended = outcome(attempt(n), receipt, now, before=Past(tries=n - 1))
    assert (ended.delivery, ended.n, ended.at) == ("d1", n, now)
    assert isinstance(ended, DigestSent) is (receipt.verdict == "accepted")
    assert (getattr(ended, "retry_at", None) or now + LEASE) > now


@pytest.mark.parametrize(
    ("url", "door"),
    [
        ("mailto://a@example.test", "smtp"),
        ("MAILTOS://u:p@example.test", "smtp"),
        ("json://127.0.0.1/x", "webhook"),
        ("jsons://example.test", "webhook"),
        ("ntfy://127.0.0.1/x", "apprise"),
        ("https://discord.com/api/webhooks/1/2", "apprise"),
    ],
)
def test_mail_and_webhooks_have_doors_of_their_own(url, door):
    assert door_for(url) == door


def test_a_servers_words_are_one_short_line_without_secrets():
    said = quoted(b"no\r\n\x1b[31m s3cret \xff" + b"x" * 999, ("s3cret", "", "x"))
    assert said.startswith("no [31m *** \ufffdxx")
    assert len(said) <= ANSWER


def test_a_letter_of_nothing_has_no_deliveries_if_it_has_no_parts():
    letter = a_letter()
    event = queued(
        letter, slot=letter.slot, reason="scheduled", through="", parts=(), recipients={"mail": ("a@x.test",)}, now=NOON
    )
    assert event.deliveries == ()
    assert len(render(letter)) == 1
