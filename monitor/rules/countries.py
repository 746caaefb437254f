"""Names of countries, as news writes them in English, Ukrainian and Russian, folded; a * is any ending. Pure."""

WRITTEN = """
    afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus belgium
    bolivia bosnia botswana brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus denmark
    ecuador egypt eritrea estonia ethiopia finland france gabon georgia germany ghana greece guatemala guinea haiti
    honduras hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kosovo
    kuwait kyrgyzstan laos latvia lebanon liberia libya lithuania luxembourg malaysia mali malta mexico moldova mongolia
    montenegro morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria norway oman pakistan panama
    paraguay peru philippines poland portugal qatar romania russia rwanda senegal serbia singapore slovakia slovenia
    somalia spain sudan sweden switzerland syria taiwan tajikistan tanzania thailand tunisia turkey turkmenistan uganda
    ukraine uruguay uzbekistan venezuela vietnam yemen zambia zimbabwe britain england scotland usa america
    україна україни украина украины росія росії россия россии польща польші польша польши німеччина німеччини германия
    германии франція франції франция франции британія британії британия британии китай китаю китая ізраїль ізраїлю
    израиль израиля іран ірану иран ирана сирія сирії сирия сирии туреччина туреччини турция турции білорусь білорусі
    беларусь беларуси белоруссия угорщина угорщини венгрия венгрии індія індії индия индии пакистан єгипет єгипту египет
    египта аргентина аргентини аргентины японія японії япония японии сша рф казахстан грузія грузії грузия грузии
    молдова молдови молдовы італія італії италия италии іспанія іспанії испания испании канада канади канады
"""
PHRASES = """
    united states|united kingdom|saudi arabia|south korea|north korea|south africa|new zealand|sri lanka|czech republic
    united arab emirates|ivory coast|el salvador|costa rica|south sudan|north macedonia
"""
COUNTRIES = frozenset(WRITTEN.split())
LONG_NAMES = frozenset(tuple(name.split()) for line in PHRASES.strip().splitlines() for name in line.split("|"))
LEAST = 4  # letters of a beginning that is taken for a country


def is_country(term: tuple[str, ...]) -> bool:
    """Whether a term is a country's name, or the beginning of one."""
    if len(term) > 1:
        return tuple(form.removesuffix("*") for form in term) in LONG_NAMES
    bare = term[0].removesuffix("*").removeprefix("=").casefold()
    if not term[0].endswith("*"):
        return bare in COUNTRIES
    return len(bare) >= LEAST and any(name.startswith(bare) and len(name) - len(bare) < LEAST for name in COUNTRIES)
