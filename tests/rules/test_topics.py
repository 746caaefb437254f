"""Ten topics of 11 September 2024 in the rule language: what each catches, and what it leaves alone."""

import pytest

from monitor.model import Item
from monitor.rules import ruleset

TERMS = """
KYIV        = ["Kyiv", "Kiev", "Київ", "Києв*", "Киев*"]
UKRAINE     = ["$KYIV", "Ukrain*", "Україн*", "Украин*"]
RUSSIA      = ["Russia*", "Росі*", "Росси*"]
DIPLOMAT    = ["Blinken", "Lammy", "Блінкен*", "Блинкен*", "secretar* of state"]
VISIT       = ["visit*", "arrive*", "прибу*", "прибыл*", "travel*"]
LONG_RANGE  = ["long-range", "ATACMS", "Storm Shadow*", "далекобійн*", "дальнобойн*"]
PERMIT      = ["permission", "permit*", "allow*", "lift*", "дозв*", "разреш*"]
IRAN        = ["Iran*", "Іран*", "Иран*"]
MISSILE     = ["missile*", "ракет*"]
TRANSFER    = ["transfer*", "deliver*", "sent", "передав", "передала", "поставк*"]
KREMLIN     = ["Kremlin", "Peskov", "Кремл*", "Песков*"]
REACT       = ["respond*", "react*", "warn*", "said", "відреаг*", "ответ*"]
IMF         = ["=IMF", "International Monetary Fund", "=МВФ", "міжнародн* валютн* фонд*"]
TRANCHE     = ["tranche*", "транш*"]
US_ELECTION = ["Harris", "Trump", "election*"]
AID         = ["aid", "package*", "допомог*", "помощ*"]
"""
# The query, what it catches (title, summary, language) with the words that it shows, and what it leaves alone.
TOPICS = {
    "visit": (
        "sentence($DIPLOMAT AND $VISIT AND $KYIV)",
        ("Госсекретарь США Блинкен прибыл в Киев", "", "ru", ["Блинкен", "прибыл", "Киев"]),
        ("Blinken on the move", "He arrived in Warsaw. Kyiv waits.", "en"),
    ),
    "headline": (
        'title:($DIPLOMAT NEAR/8 $KYIV) NOT title:("chicken kiev" OR obituary)',
        ("Secretary of State Blinken lands in Kyiv", "", "en", ["Secretary of State", "Blinken", "Kyiv"]),
        ("Blinken tries a chicken Kiev in Kyiv", "", "en"),
    ),
    "permission": (
        "($LONG_RANGE NEAR/12 $PERMIT) AND $UKRAINE",
        ("Ukraine may be allowed long range strikes", "", "en", ["Ukraine", "allowed", "long range"]),
        ("Long-range forecast for Ukraine", "x " * 13 + "Permission to smile.", "en"),
    ),
    "strikes": (
        'lead/60(ATACMS OR "storm shadow*") AND ("strike* inside Russia" OR (deep NEAR/4 $RUSSIA) OR "углиб Росії" '
        'OR "вглубь России")',
        ("ATACMS may hit deep inside Russia", "", "en", ["ATACMS", "deep", "Russia"]),
        ("Deep inside Russia", "x " * 60 + "ATACMS", "en"),
    ),
    "iran": (
        "($IRAN NEAR/10 ($MISSILE NEAR/10 $TRANSFER)) AND $RUSSIA NOT title:(Israel* OR Hezbollah OR Houthi*)",
        ("Russia: Iran sent it missiles", "", "en", ["Russia", "Iran", "sent", "missiles"]),
        ("Israel: Iran sent missiles to Russia", "", "en"),
    ),
    "kremlin": (
        "($KREMLIN ONEAR/6 $REACT) AND ($LONG_RANGE OR $MISSILE OR NATO OR НАТО)",
        ("Kremlin warns of ATACMS", "", "en", ["Kremlin", "warns", "ATACMS"]),
        ("NATO responds to the Kremlin", "", "en"),
    ),
    "tranche": (
        "($IMF NEAR/25 $TRANCHE) AND $UKRAINE NOT title:(Pakistan OR Argentina OR Egypt)",
        ("МВФ готує транш", "Україна чекає", "uk", ["МВФ", "транш", "Україна"]),
        ("Pakistan awaits IMF tranche", "Ukraine had one.", "en"),
    ),
    "sum": (
        r"atleast/2($IMF) AND $UKRAINE AND /(?:\$|USD|€)?\s?\d+([.,]\d+)?\s?(?:bn|billion|млрд)/",
        ("IMF: Ukraine to get 1,1\u00a0млрд", "The IMF", "en", ["IMF", "Ukraine", " 1,1\u00a0млрд", "IMF"]),
        ("IMF: Ukraine to get $1.1 bn", "the imf", "en"),
    ),
    "election": (
        "($US_ELECTION NEAR/20 ($AID OR $LONG_RANGE)) AND $UKRAINE AND lang:(en OR uk OR ru)",
        ("Harris on aid to Ukraine", "", "en", ["Harris", "aid", "Ukraine"]),
        ("Harris on aid to Ukraine", "", "pl"),
    ),
    "two": (
        "anyof/2($DIPLOMAT NEAR/10 $KYIV, $LONG_RANGE NEAR/12 $PERMIT, $IRAN NEAR/10 $MISSILE, $IMF NEAR/25 $TRANCHE)",
        ("Blinken in Kyiv; IMF tranche", "", "en", ["Blinken", "Kyiv", "IMF", "tranche"]),
        ("Blinken in Kyiv", "Blinken in Kyiv again", "en"),
    ),
}


@pytest.fixture(scope="module")
def rules():
    sources = {f"{name}.toml": f"title = 'T'\nquery = '''{query}'''\n" for name, (query, *_) in TOPICS.items()}
    return ruleset.compile({"terms.toml": TERMS, **sources}, where="rules")


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_caught_by_its_words(rules, topic):
    title, summary, lang, words = TOPICS[topic][1]
    hits = rules.match(Item(id="i", feed="f", title=title, summary=summary, lang=lang))
    found = next(hit for hit in hits if hit.rule == topic)
    assert [{"title": title, "summary": summary}[span.field][span.start : span.end] for span in found.spans] == words


@pytest.mark.parametrize("topic", TOPICS)
def test_a_look_alike_is_left_alone(rules, topic):
    title, summary, lang = TOPICS[topic][2]
    hits = rules.match(Item(id="i", feed="f", title=title, summary=summary, lang=lang))
    assert topic not in {hit.rule for hit in hits}


def test_no_topic_is_held_against_every_item(rules):
    assert rules.scans == ()
    assert [lint.message for lint in rules.lints] == []
