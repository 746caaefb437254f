"""Catalogue A: hostile feed documents, made when asked for, and what each must come to."""

import base64
from collections.abc import Callable
from typing import NamedTuple


class Hostile(NamedTuple):
    """A document and its lot: a trouble's code, or the number of items that are kept."""

    name: str
    make: Callable[[], bytes]
    lot: str | int


def rss(items: str, head: str = "", top: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    return f'{top}\n<rss version="2.0" {head}><channel><title>t</title>{items}</channel></rss>'.encode()


def item(inside: str, title: str = "One") -> str:
    return f"<item><title>{title}</title><guid>{title}</guid>{inside}</item>"


def laughs(joint: str = "\n", before: str = "") -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    dtd = f'{before}<!DOCTYPE rss [{joint}<!ENTITY l0 "lol">{joint}{levels}{joint}]>'
    return rss(item("<description>&l8;</description>"), top=f'<?xml version="1.0"?>{joint}{dtd}')


def entity(declared: str, used: str = "&x;", spoilt: str = "") -> bytes:
    return rss(
        item(f"<description>{used}</description>") + spoilt, top=f'<?xml version="1.0"?><!DOCTYPE r [{declared}]>'
    )


def encoded(name: str, text: str | None = None) -> bytes:
    document = rss(item("<description>text</description>"), top=f'<?xml version="1.0" encoding="{name}"?>').decode()
    return (text or document).encode()


QUADRATIC = f'<!ENTITY x "{"A" * 50_000}">'
ESCAPED = rss(
    item("<description>\\x3cscript\\x3e</description>"), top='<?xml version="1.0" encoding="unicode_escape"?>'
)
STYLES = "".join(f'&lt;p style="{part * 2_000}"&gt;' for part in ("a:b;", "a: rgb(", "\\'x"))

HOSTILE = (
    Hostile("A01 billion_laughs_multiline", laughs, "entity"),
    Hostile("A02 billion_laughs_oneline", lambda: laughs(""), "entity"),
    Hostile("A03 billion_laughs_after_comment", lambda: laughs("", "<!-- hello -->"), "entity"),
    Hostile("A04 quadratic_blowup", lambda: entity(QUADRATIC, "&x;" * 50_000), "entity"),
    Hostile("A05 quadratic_below_threshold", lambda: entity(f'<!ENTITY x "{"A" * 750}">', "&x;" * 10_000), "entity"),
    Hostile("A06 quadratic_loose_parser", lambda: entity(QUADRATIC, "&x;" * 50_000, "<bad"), "entity"),
    Hostile("A07 xxe_file_multiline", lambda: entity('\n<!ENTITY x SYSTEM "file:///etc/passwd">\n'), "entity"),
    Hostile("A08 xxe_file_oneline", lambda: entity('<!ENTITY x SYSTEM "file:///etc/passwd">'), "entity"),
    Hostile("A09 xxe_param_entity", lambda: entity('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;', "x"), "entity"),
    Hostile("A11 xinclude", lambda: rss(item('<xi:include href="file:///etc/passwd" parse="text"/>')), 1),
    Hostile("A12 deep_nesting_25k", lambda: rss(item("<a>" * 25_000 + "</a>" * 25_000)), 1),
    Hostile(
        "A13 deep_xhtml_20k",
        lambda: rss(item("<description>" + "<div>" * 20_000 + "</div>" * 20_000 + "</description>")),
        1,
    ),
    Hostile("A14 deep_html_200k", lambda: rss(item(f"<description>{'&lt;b&gt;' * 200_000}</description>")), 1),
    Hostile("A15 lt_flood", lambda: rss(item(f"<description>{'&lt;' * 200_000}</description>")), 1),
    Hostile("A16 open_tag_flood", lambda: rss(item(f"<description>{'&lt;a ' * 100_000}</description>")), 1),
    Hostile(
        "A17 attr_flood",
        lambda: rss(item(f"<description>&lt;p {' '.join(f'a{n}=1' for n in range(50_000))}>text</description>")),
        1,
    ),
    Hostile("A18 comment_unclosed_100k", lambda: rss(item(f"<description>{'&lt;!--' * 20_000}</description>")), 1),
    Hostile("A19 marked_section_flood", lambda: rss(item(f"<description>{'&lt;![if ' * 20_000}</description>")), 1),
    Hostile("A20 pi_flood", lambda: rss(item(f"<description>{'&lt;?' * 100_000}</description>")), 1),
    Hostile(
        "A21 style_url_redos", lambda: rss(item(f'<description>&lt;p style="{"url(" * 50_000}"></description>')), 1
    ),
    Hostile("A22 style_redos", lambda: rss(item(f"<description>{STYLES}</description>")), 1),
    Hostile("A27 category_flood", lambda: rss(item("".join(f"<category>c{n}</category>" for n in range(1_000)))), 1),
    Hostile("A28 namespace_flood", lambda: rss(item(""), " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(5_000))), 1),
    Hostile("A29 blank_lines_100k", lambda: rss(item(""), top="<?xml version='1.0'?>" + "\n" * 100_000), 1),
    Hostile(
        "A30 blank_lines_5MB",
        lambda: b"\n" * 2_500_000 + rss(item(""), top="<?xml version='1.0'?>" + "\n \t" * 10**6),
        1,
    ),
    Hostile("A31 entity_head_flood", lambda: b"<?xml version='1.0'?>" + b"<!ENTITY " * 100_000, "entity"),
    Hostile("A32 items_200k", lambda: rss("".join(f"<item><guid>{n}</guid></item>" for n in range(200_000))), 2000),
    Hostile("A33 empty_items_1.4M", lambda: rss("<item/>" * 1_400_000), "size"),
    Hostile("A34 plain_100MB", lambda: bytes(100 * 2**20), "size"),
    Hostile("A35 title_10MB", lambda: rss(item("", title="A" * (10 * 2**20 - 300))), "size"),
    Hostile("A35 title_4MB", lambda: rss(item("", title="A" * (4 * 2**20))), 1),
    Hostile("A36 guid_4MB", lambda: rss(f"<item><guid>{'g' * (4 * 2**20)}</guid></item>"), 1),
    Hostile("A37 encoding_punycode", lambda: encoded("punycode"), "encoding"),
    Hostile("A38 encoding_undefined", lambda: encoded("undefined"), "encoding"),
    Hostile("A39 encoding_nul", lambda: encoded("utf\0-8"), "encoding"),
    Hostile("A40 encoding_rot13", lambda: encoded("rot13"), 1),
    Hostile("A40 encoding_zlib_codec", lambda: encoded("zlib_codec"), 1),
    Hostile("A41 encoding_unicode_escape", lambda: ESCAPED, "encoding"),
    Hostile("A42 encoding_utf7", lambda: encoded("utf-7").replace(b"text", b"+ADw-script+AD4-alert(1)"), 1),
    Hostile("A43 utf16_labelled_utf8", lambda: rss(item("")).decode().encode("utf-16"), 1),
    Hostile("A44 latin1_labelled_utf8", lambda: rss(item("", title="Ünï")).decode().encode("latin-1"), 1),
    Hostile("A45 lone_surrogate_ref", lambda: rss(item("<description>&#xD800;</description>")), 1),
    Hostile("A46 charref_out_of_range", lambda: rss(item("<description>&#x110000;</description>")), "malformed"),
    Hostile(
        "A47 charref_million_digits", lambda: rss(item(f"<description>&#{'9' * 10**6};</description>")), "malformed"
    ),
    Hostile("A48 html_charref_million", lambda: rss(item(f"<description>&amp;#{'9' * 10**6};</description>")), 1),
    Hostile(
        "A49 psc_chapter_no_start",
        lambda: rss(
            item("<psc:chapters><psc:chapter title='x'/></psc:chapters>"),
            'xmlns:psc="http://podlove.org/simple-chapters"',
        ),
        "malformed",
    ),
    Hostile("A50 truncated_mid_item", lambda: rss(item("") + item("", title="Two") + "<item><title>Thr")[:-40], 2),
    Hostile("A51 trailing_garbage", lambda: rss(item("")) + b"\n<br />\n<b>Warning</b>: Unknown in <b>x.php</b>", 1),
    Hostile("A52 two_roots", lambda: rss(item("")) + rss(item("", title="Two"), top=""), 2),
    Hostile("A53 undeclared_prefix", lambda: rss(item("<nope:x>1</nope:x>")), 1),
    Hostile("A54 nested_items", lambda: rss(f"<item><title>A</title>{item('', title='B')}</item>"), 2),
    Hostile(
        "A55 html_instead",
        lambda: b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><form></form></html>",
        "not_a_feed",
    ),
    Hostile("A56 json_instead", lambda: b'{"error": "not found"}', "not_a_feed"),
    Hostile("A56 binary_1MB", lambda: bytes(range(256)) * 4096, "not_a_feed"),
    Hostile("A57 empty_body", lambda: b"", "empty"),
    Hostile("A57 whitespace", lambda: b" \r\n\t\n" * 1000, "empty"),
    Hostile("A58 bad_ipv6_base", lambda: rss(item("<link>/x</link>"), 'xml:base="http://[bad"'), 1),
    Hostile(
        "A59 bad_base64_content",
        lambda: rss(item("<content type='application/octet-stream' mode='base64'>%%%</content>")),
        1,
    ),
    Hostile(
        "A60 json_bomb",
        lambda: b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000,
        "parse_budget",
    ),
    Hostile(
        "base64 bomb",
        lambda: rss(item(f"<content type='x/y' mode='base64'>{base64.b64encode(b'<b>' * 10**5).decode()}</content>")),
        1,
    ),
)

SLOW = (  # for these the parser needs minutes; they are run with smaller limits
    Hostile("A23 author_redos_plain", lambda: rss(item(f"<author>{'a' * 200_000}</author>")), "parse_budget"),
    Hostile("A24 author_redos_at", lambda: rss(item(f"<author>a@{'a' * 200_000}</author>")), "parse_budget"),
    Hostile("A25 author_redos_dots", lambda: rss(item(f"<author>a@{'a.' * 50_000}</author>")), "parse_budget"),
    Hostile("A26 dc_creator_redos", lambda: rss(item(f"<dc:creator>{'a' * 200_000}</dc:creator>")), "parse_budget"),
    Hostile(
        "A27 category_flood",
        lambda: rss(item("".join(f"<category>c{n}</category>" for n in range(20_000)))),
        "parse_budget",
    ),
)
