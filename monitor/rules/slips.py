"""What analysts bring from other tools, and how it is written here. Pure."""

import re

from monitor.rules.query import OTHER_FIELDS, SOURCE_FIELDS, TEXT_FIELDS

FIELDS = (*TEXT_FIELDS, *OTHER_FIELDS, *SOURCE_FIELDS)
CALLS = {
    "lead": "lead/60(a OR b): in the title or the first 60 words of the text",
    "sentence": "sentence(a AND b): both in one sentence",
    "atleast": "atleast/2(a OR b): at least two of them",
    "anyof": "anyof/2(a, b, c): at least two of the three",
}
QUOTED = "text with signs in it stands in double quotes; there they only part words"
SMART_QUOTES = "“”„«»‟＂‘’‚‹›"
HYPHENS = ("-", "\u2010", "\u2011")
SIGNS = {
    "=": "= stands right before a word: =IMF finds IMF and not imf; for a field write title:",
    "?": "? is one letter, never the first: w?ldcard",
    "-": "to leave items out, write NOT before the word; a hyphen stands between two words: long-range",
    "+": "write AND between words that must all be there",
    "&": 'write AND; a sign within a name stands in quotes: "AT&T"',
    "|": "write OR",
    "!": "write NOT before a word, or * at the end of one",
    "'": 'a phrase stands in double quotes: "storm shadow"',
    "`": 'a phrase stands in double quotes: "storm shadow"',
    ",": "write AND or OR between words; commas part the clauses of anyof/2(a, b, c); " + QUOTED,
    ";": "write OR between words; " + QUOTED,
    ":": "a field stands right before its colon: title:Kyiv; " + QUOTED,
    ".": 'points stand in quotes: "U.S."',
    "_": "a list begins with a $: $LONG_RANGE; " + QUOTED,
    "~": "write NEAR/5 between two words: at most 5 words between them",
    "^": "nothing weighs more than the rest here; a rule has a priority",
    "[": "brackets are round: (a OR b)",
    "]": "brackets are round: (a OR b)",
    "{": "brackets are round: (a OR b)",
    "}": "brackets are round: (a OR b)",
    "@": QUOTED,
    "#": "a # is no part of a word; write the word alone, or /#\\w+/ for any hashtag",
    "%": 'a word is found without its signs: "90 percent" OR 90',
    "/": "an expression stands between two slashes on one line: /[0-9]+ bn/; for nearness write NEAR/5",
    "<": QUOTED,
    ">": QUOTED,
    "\\": "signs need no backslash here; " + QUOTED,
}
EITHER = "write NEAR/{n}: at most {n} words between, in either order"
ORDER = "write ONEAR/{n}: at most {n} words between, the first one first"
SAME = "write sentence(a AND b): both in one sentence"
# A word that stands for nearness elsewhere, and what to write for it; the number is its own or follows a slash.
NEARNESS: dict[str, str] = {
    "near": EITHER,
    "onear": ORDER,
    "w": EITHER,
    "within": EITHER,
    "nw": EITHER,
    "pre": ORDER,
    "p": ORDER,
    "adj": ORDER,
    "onw": ORDER,
    "notnear": "write NOT NEAR/{n}: none of the second within {n} words",
}
NUMBERED = re.compile(r"(near|onear|adj)([0-9]+)", re.IGNORECASE)  # near5; w5 and pre2 may be names
COUNTED = re.compile(r"(atleast|lead|anyof)([0-9]+)", re.IGNORECASE)
JOINED = {"ANDNOT": "AND NOT", "BUTNOT": "NOT", "NOTNEAR": "NOT NEAR/5", "XOR": "(a OR b) NOT (a AND b)"}
FOREIGN_FIELDS = {
    "headline": "title", "hd": "title", "hl": "title", "hlead": "title", "intitle": "title", "subject": "title",
    "lp": "lead/60(...)", "text": "body", "td": "body", "content": "body", "intext": "body", "by": "author",
    "byline": "author", "site": "url", "inurl": "url", "link": "url", "source": "feed", "sn": "feed", "rst": "feed",
    "la": "lang", "language": "lang", "category": "tag", "ns": "tag", "re": "tag",
}  # fmt: skip


def nearness(word: str, number: str) -> str:
    """What to write for a word that means nearness elsewhere; nothing if it does not."""
    found = NEARNESS.get(word.lower(), "")
    return found.format(n=number or "5")
