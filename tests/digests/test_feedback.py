"""Links in letters: only ours hold, not for ever, and the key stands nowhere in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.feedback import VALID, Click, Links, links, understood
from monitor.model import Secret

NOW = datetime(2024, 9, 11, 12, 0, tzinfo=UTC)
KEY = Secret("canary-key-0123456789")
ITEM = "0123456789abcdef0123456789abcdef"
BASE = "https://news.example.org"


def made(**values):
    given = {"base": BASE, "key": KEY, "now": NOW}
    return links(ITEM, "desk", **{**given, **values})


def path(link):
    return link.removeprefix(f"{BASE}/f/")


def test_a_link_says_which_item_was_worth_it_and_to_whom():
    assert understood(path(made().relevant), KEY, NOW) == Click(ITEM, "relevant", "desk")
    assert understood(path(made().noise), KEY, NOW) == Click(ITEM, "noise", "desk")
    assert Click(ITEM, "noise", "desk").who == "readers of desk"


def test_a_link_holds_for_sixty_days():
    link = path(made().noise)
    assert understood(link, KEY, NOW + VALID) != "old"
    assert understood(link, KEY, NOW + VALID + timedelta(seconds=1)) == "old"


def test_no_link_is_made_without_an_address_or_a_key():
    assert made(base="") == made(key=Secret("")) == Links("", "")
    assert understood(path(made().noise), Secret(""), NOW) == "forged"


def test_the_key_stands_in_no_link():
    assert not any(KEY in link or KEY.encode().hex() in link for link in made())
    assert KEY not in repr(made())


@given(st.text(max_size=120))
def test_what_we_did_not_sign_is_forged(text):
    assert understood(text, KEY, NOW) == "forged"


@given(st.integers(0, 200), st.characters())
def test_a_link_with_one_character_changed_is_forged(place, character):
    link = path(made().noise)
    place %= len(link)
    changed = link[:place] + character + link[place + 1 :]
    assert (understood(changed, KEY, NOW) == "forged") == (changed != link)


@pytest.mark.parametrize("key", [KEY + "x", KEY[:-1], "another-key-0123456789"])
def test_another_key_signs_otherwise(key):
    assert understood(path(made().noise), Secret(key), NOW) == "forged"
