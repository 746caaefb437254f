"""Where sentences end: cheaply, in any script that has points, and without falling for the usual abbreviations. Pure.

A sentence ends with a line, or at . ! ? … (also those of other scripts) that a blank follows and then something that
can begin a sentence: no small letter. A point does not end one behind an initial (J. Biden, U.S.), nor behind a word
that is always followed by its name (Mr., ген., ім.).
"""

import re

END = re.compile(r"\n+|[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]*")
NEXT = re.compile(r"\s*[\"'“‘„«(\[—–-]*\s*(\w?)")
LAST_WORD = re.compile(r"([\w.'’-]+)$")
INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
ABBREVIATIONS = """
    mr mrs ms dr prof st gen col lt capt maj sgt adm cmdr brig sen rep gov pres amb hon rev fr sr jr messrs mme mlle
    vs approx e.g i.e cf al etc inc ltd co corp
    jan feb mar apr jun jul aug sep sept oct nov dec
    ім вул просп бул пл обл м смт с р рр ст ген полк кап проф акад доц д-р гр напр т.зв т зв див нар
    им ул бульв г гг о адм тов господ см т.н т.е т.к т.д т.п илл
    ul hab inż św pl os np itd itp tzw ok woj
    bzw ca z.b d.h u.a nr str tel sra dña lic ing
"""
BEFORE_A_NAME = frozenset(ABBREVIATIONS.split())
BEFORE_A_NUMBER = frozenset({"no", "nos", "art", "fig", "vol", "pp", "nr", "рис", "стр", "ст"})
CONTEXT = 24  # characters before a point that are looked at


def split(text: str) -> list[tuple[int, int]]:
    """The sentences of a text: characters from the first number up to the second, all of the text between them."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in END.finditer(text):
        if end[0][0] == "\n" or _ends(text, end):
            found.append((start, end.end()))
            start = end.end()
    if start < len(text):
        found.append((start, len(text)))
    return found


def _ends(text: str, sign: re.Match[str]) -> bool:
    """Whether a sentence ends at this sign."""
    following = NEXT.match(text, sign.end())
    if following and following[1].islower():
        return False
    if sign[0][0] != "." or len(sign[0].rstrip("\"'”’»)]")) > 1:
        return True
    last = LAST_WORD.search(text[max(0, sign.start() - CONTEXT) : sign.start()])
    if not last:
        return True
    word = last[1].strip("'’-")
    if following and following[1].isdigit() and word.lower() in BEFORE_A_NUMBER:
        return False
    initials = INITIALS.fullmatch(word) and (word[0].isupper() or "." in word)
    return not (initials or word.lower() in BEFORE_A_NAME)
