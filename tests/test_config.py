"""monitor/config.py: every mistake is named with its line, its column and a hint, all of them in one reading."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config, toml
from monitor.config import parse
from monitor.errors import ConfigError, Mistakes, MonitorError
from monitor.model import Channel, Digest, Feed, Quiet, Secret

FEED = '[[feed]]\nid = "bbc"\nurl = "https://bbc.example/rss"\n'  # lines 1 to 3
CHANNEL = '[[channel]]\nname = "mail"\nurl = "mailtos://desk:${PASSWORD}@mail.example"\n'
DIGEST = '[[digest]]\nname = "desk"\ncron = "0 7,18 * * *"\n'
SECRETS = {"PASSWORD": "correct-horse"}


def mistakes(text: str, secrets: dict[str, str] | None = None) -> list[ConfigError]:
    with pytest.raises(Mistakes) as refused:
        parse(text, secrets=SECRETS if secrets is None else secrets)
    assert all(type(mistake) is ConfigError for mistake in refused.value.mistakes)
    assert refused.value.exit_code == 78
    return list(refused.value.mistakes)


def only(text: str, secrets: dict[str, str] | None = None) -> ConfigError:
    found = mistakes(text, secrets)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


# -- what is right -----------------------------------------------------------------------------------------------------


def test_an_empty_file_is_a_configuration_with_the_defaults():
    read = parse("", secrets={})
    assert (read.data, read.rules, read.user_agent) == ("data", "rules", "")
    assert (read.backlog, read.spacing, read.timeout) == (
        timedelta(days=1),
        timedelta(seconds=1),
        timedelta(seconds=30),
    )
    assert (read.feeds, read.channels, read.digests, read.secrets) == ((), (), (), ())


def test_everything_that_can_be_written_arrives():
    text = """
    [service]
    data = "state"
    rules = "/etc/monitor/rules"
    interval = "20m"
    longest = "12h"
    backlog = "2d"
    spacing = "2s"
    timeout = "10s"
    user_agent = "desk (desk@example.org)"
    allow_hosts = ["Localhost", "127.0.0.1"]
    [[feed]]
    id = "bbc"
    url = "https://bbc.example/rss"
    title = "BBC World"
    group = "wire"
    tier = 1
    lang = "en"
    interval = "5m"
    full_text = "match"
    [[channel]]
    name = "mail"
    url = "mailtos://desk:${PASSWORD}@mail.example"
    [[digest]]
    name = "desk"
    title = "The desk"
    channels = ["mail"]
    topics = ["imf-tranche"]
    cron = "30 8 * * MON-FRI"
    zone = "Europe/Kyiv"
    priority = "normal"
    quiet = "22:00-07:30"
    quiet_breaks = "high"
    empty = "note"
    unsubscribe = "mailto:desk@example.org"
    [[digest]]
    name = "alerts"
    when = "now"
    group_wait = "1m"
    min_gap = "10m"
    repeat = "2h"
    [[feed]]
    id = "dw"
    url = "http://dw.example:8080/rdf"
    """
    read = parse(text, secrets=SECRETS)
    assert (read.data, read.rules, read.user_agent) == ("state", "/etc/monitor/rules", "desk (desk@example.org)")
    assert (read.backlog, read.spacing, read.timeout) == (
        timedelta(days=2),
        timedelta(seconds=2),
        timedelta(seconds=10),
    )
    assert read.allow_hosts == {"localhost", "127.0.0.1"}
    assert read.feeds == (
        Feed(
            id="bbc",
            url="https://bbc.example/rss",
            title="BBC World",
            group="wire",
            tier=1,
            lang="en",
            interval=timedelta(minutes=5),
            longest=timedelta(minutes=5),
            full_text="match",
        ),
        Feed(
            id="dw",
            url="http://dw.example:8080/rdf",
            title="dw",
            interval=timedelta(minutes=20),
            longest=timedelta(hours=12),
        ),
    )
    assert read.channel("mail") == Channel(name="mail", url=Secret("mailtos://desk:correct-horse@mail.example"))
    assert read.digests == (
        Digest(
            name="desk",
            title="The desk",
            channels=("mail",),
            topics=("imf-tranche",),
            cron="30 8 * * MON-FRI",
            zone="Europe/Kyiv",
            priority="normal",
            quiet=Quiet(start=22 * 60, end=7 * 60 + 30, breaks="high"),
            empty="note",
            unsubscribe="mailto:desk@example.org",
        ),
        Digest(
            name="alerts",
            title="alerts",
            channels=(),
            group_wait=timedelta(minutes=1),
            min_gap=timedelta(minutes=10),
            repeat=timedelta(hours=2),
        ),
    )
    assert read.secrets == (Secret("correct-horse"),)


@pytest.mark.parametrize("text", ["\ufeff" + FEED, FEED.replace("\n", "\r\n"), FEED.replace(" = ", "\t=\t")])
def test_a_file_from_any_editor_is_read(text):
    assert [feed.id for feed in parse(text, secrets={}).feeds] == ["bbc"]


def test_inline_tables_and_dotted_keys_are_read():
    text = 'service.interval = "30m"\nfeed = [{ id = "bbc", url = "https://bbc.example/rss" }]\n'
    assert parse(text, secrets={}).feeds[0].interval == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("written", "length"),
    [("90s", 90), ("15m", 900), ("2 h", 7200), (" 1d ", 86400), ("24h", 86400)],
)
def test_lengths_of_time(written, length):
    assert parse(FEED + f'interval = "{written}"', secrets={}).feeds[0].interval == timedelta(seconds=length)


def test_a_loopback_host_may_be_asked_often():
    text = (
        'service.allow_hosts = ["127.0.0.1"]\nservice.interval = "1s"\n[[feed]]\nid = "demo"\nurl = "http://127.0.0.1/"'
    )
    assert parse(text, secrets={}).feeds[0].interval == timedelta(seconds=1)


def test_a_secret_in_a_feeds_address_is_kept_out_of_sight():
    read = parse('[[feed]]\nid = "a"\nurl = "https://desk:hunter2@feeds.example/"', secrets={})
    assert read.secrets == (Secret("hunter2"),)
    assert "hunter2" not in repr(read.secrets)


def test_a_channel_shows_no_secret():
    assert "correct-horse" not in repr(parse(CHANNEL, secrets=SECRETS).channels)


def test_a_secret_that_nobody_asked_for_is_not_kept():
    assert parse(CHANNEL, secrets={**SECRETS, "OTHER": "x"}).secrets == (Secret("correct-horse"),)


# -- what is wrong -----------------------------------------------------------------------------------------------------

TOO_LONG = "a" * 65

TABLE = [
    # keys and tables
    (FEED + 'intervall = "5m"', "4:1", "unknown key 'intervall' in [[feed]]", "did you mean 'interval'?"),
    (FEED + 'colour = "red"', "4:1", "unknown key 'colour' in [[feed]]", "known here: full_text, group, id, interval"),
    ("[service]\nrule = 'x'", "2:1", "unknown key 'rule' in [service]", "did you mean 'rules'?"),
    ("[service.extra]\nx = 1", "1:10", "unknown key 'extra' in [service]", "known here: allow_hosts"),
    ("service.intervall = '1h'", "1:9", "unknown key 'intervall' in [service]", "did you mean 'interval'?"),
    ("\t[service]\n\tdatum = 'x'", "2:2", "unknown key 'datum' in [service]", "did you mean 'data'?"),
    ("[[feeds]]\nid = 'a'", "1:3", "unknown table or key 'feeds'", "did you mean 'feed'?"),
    ("interval = '5m'", "1:1", "unknown table or key 'interval'", "known here: channel, digest, feed, service"),
    (FEED.replace("[[feed]]", "[feed]"), "1:1", "'feed' is a list of tables", "write [[feed]] with two brackets"),
    (FEED.replace("[[feed]]", "[feed]") * 2, "4:6", "[feed] is there twice", "write [[feed]] with two brackets"),
    (DIGEST.replace("[[digest]]", "[digest]"), "1:1", "'digest' is a list of tables", "[[digest]] with two brackets"),
    ("channel = 3\n" + DIGEST, "1:11", "'channel' is a list of tables", "[[channel]] with two brackets"),
    ("feed = ['bbc']", "1:8", "'feed' is a list of tables", "write [[feed]] with two brackets"),
    ("[[service]]\ndata = 'x'", "1:1", "[service] is one table", "write [service] with one bracket"),
    ("service = 'x'", "1:11", "[service] is one table", "write [service] with one bracket"),
    # missing keys
    ('[[feed]]\nid = "a"', "1:1", "[[feed]] needs the key 'url'", 'url = "..."'),
    (FEED + '[[feed]]\nurl = "https://a.example"', "4:1", "[[feed]] needs the key 'id'", 'id = "..."'),
    ('[[digest]]\nname = "a"', "1:1", "the digest says neither cron nor when", 'when = "now"'),
    ('feed = [{ url = "https://a.example" }]', "1:9", "[[feed]] needs the key 'id'", 'id = "..."'),
    # kinds of value
    (FEED + "title = 3", "4:9", "'title' is a text, not a whole number", "how the outlet is named in digests"),
    (FEED + "tier = 'one'", "4:8", "'tier' is a whole number, not a text", "1 is the most trusted"),
    (FEED + "tier = 0", "4:8", "'tier' is at least 1", "1 is the most trusted"),
    (FEED + "tier = 6", "4:8", "'tier' is at most 5", "1 is the most trusted"),
    (FEED + "tier = 1.5", "4:8", "'tier' is a whole number, not a number with a fraction", "1 is the most trusted"),
    (FEED + "lang = true", "4:8", "'lang' is a text, not true or false", "language code"),
    (FEED + "lang = 2024-09-11", "4:8", "'lang' is a text, not a date", "language code"),
    (FEED + "lang = 2024-09-11T12:00:00Z", "4:8", "'lang' is a text, not a date and time", "language code"),
    (FEED + "lang = 12:00:00", "4:8", "'lang' is a text, not a time of day", "language code"),
    (DIGEST + "channels = 'mail'", "4:12", "'channels' is a list, not a text", 'channels = ["mail"]'),
    (DIGEST + "topics = [\n 'a',\n 3]", "6:2", "'topics' holds texts, not a whole number", "rule ids"),
    ("[service]\nallow_hosts = { a = 1 }", "2:15", "'allow_hosts' is a list, not a table", "private address"),
    # names
    (FEED.replace("bbc", "BBC", 1), "2:6", "'BBC' is not a short name", "small letters, digits and hyphens"),
    (FEED.replace("bbc", "", 1), "2:6", "'' is not a short name", "small letters, digits and hyphens"),
    (FEED.replace("bbc", "bbc ", 1), "2:6", "'bbc ' is not a short name", "small letters, digits and hyphens"),
    (FEED.replace("bbc", TOO_LONG, 1), "2:6", "is not a short name", "at most 64"),
    (FEED + FEED, "5:6", "feed 'bbc' is there twice", "the first is in line 2; rename one"),
    (FEED + DIGEST + FEED, "8:6", "feed 'bbc' is there twice", "the first is in line 2; rename one"),
    (CHANNEL + CHANNEL, "5:8", "channel 'mail' is there twice", "the first is in line 2; rename one"),
    (DIGEST + DIGEST, "5:8", "digest 'desk' is there twice", "the first is in line 2; rename one"),
    # lengths of time
    (FEED + 'interval = "5 minutes"', "4:12", "'5 minutes' is not a length of time", '"15m"'),
    (FEED + 'interval = "-5m"', "4:12", "'-5m' is not a length of time", '"15m"'),
    ('[service]\nbacklog = "1w"', "2:11", "'1w' is not a length of time", '"7d"'),
    (FEED + 'interval = "59s"', "4:12", "interval is at least 1m and at most 1d", "15m"),
    (FEED + 'interval = "25h"', "4:12", "interval is at least 1m and at most 1d", "15m"),
    ('service.interval = "5s"\n' + FEED, "1:20", "interval is at least 1m and at most 1d", "15m"),
    ('service.interval = "5s"\n' + FEED + FEED.replace("bbc", "b2"), "1:20", "at least 1m and at most 1d", "15m"),
    ('service.timeout = "0s"', "1:19", "timeout is at least 1s and at most 10m", "30s"),
    ('service.timeout = "1h"', "1:19", "timeout is at least 1s and at most 10m", "30s"),
    ('service.backlog = "99999d"', "1:19", "backlog is at least 0s and at most 3650d", "24h"),
    # addresses
    (FEED.replace("https://", ""), "3:7", "a feed's url begins with http:// or https://", "copy it from a browser"),
    (FEED.replace("https", "ftp"), "3:7", "a feed's url begins with http:// or https://", "copy it from a browser"),
    (FEED.replace("bbc.example", ""), "3:7", "and names a host", "copy it from a browser"),
    (FEED.replace(".example", ".example:99999"), "3:7", "and names a host", "copy it from a browser"),
    (FEED.replace("bbc.example", "[::1"), "3:7", "and names a host", "copy it from a browser"),
    (FEED.replace("bbc.example", "bbc example"), "3:7", "and names a host", "copy it from a browser"),
    (CHANNEL.replace("mailtos://", ""), "3:7", "this is no Apprise URL", "mailtos://user:${PASSWORD}@example.org"),
    # secrets
    (CHANNEL.replace("PASSWORD", "PASWORD"), "3:7", "the secret ${PASWORD} is not set", "LoadCredential=PASWORD:"),
    (CHANNEL.replace("${PASSWORD}", "${}"), "3:7", "${} names no secret", "${NAME}"),
    ('[[channel]]\nname = "m"\nurl = "${MAIL}"', "3:7", "the secret ${MAIL} is not set", "environment"),
    ('[[feed]]\nid = "m"\nurl = "${URL}"', "3:7", "the secret ${URL} is not set", "environment"),
    # digests
    (CHANNEL + DIGEST + 'channels = ["mial"]', "7:13", "there is no channel 'mial'", "did you mean 'mail'?"),
    (DIGEST + 'channels = ["mail"]', "4:13", "there is no channel 'mail'", "write a [[channel]] with this name"),
    (DIGEST + 'priority = "urgent"', "4:12", "unknown priority 'urgent'", "low, normal or high"),
    (DIGEST + 'zone = "Europe/Kyjiv"', "4:8", "unknown time zone 'Europe/Kyjiv'", "did you mean 'Europe/Kyiv'?"),
    (DIGEST + 'zone = "Kyiv time"', "4:8", "unknown time zone 'Kyiv time'", "such as Europe/Kyiv"),
    (DIGEST + 'zone = ""', "4:8", "unknown time zone ''", "such as Europe/Kyiv"),
    (DIGEST + 'zone = "Europe"', "4:8", "unknown time zone 'Europe'", "Europe/"),
    (DIGEST + 'zone = "../../etc/passwd"', "4:8", "unknown time zone", "such as Europe/Kyiv"),
    (DIGEST.replace("0 7,18 * * *", "7 Uhr"), "3:8", "'7 Uhr' is not a cron time", '"0 7,18 * * *"'),
    (DIGEST.replace("0 7,18 * * *", "60 7 * * *"), "3:8", "'60 7 * * *' is not a cron time: bad minute", "weekday"),
    (DIGEST.replace("0 7,18 * * *", "0 0 30 2 *"), "3:8", "'0 0 30 2 *' is not a cron time", "weekday"),
    (DIGEST.replace("0 7,18 * * *", "0 0 7 * * *"), "3:8", "is not a cron time: it has 6 fields", "weekday"),
    (DIGEST.replace("0 7,18 * * *", " "), "3:8", "is not a cron time: it has 0 fields", "weekday"),
    (DIGEST.replace("0 7,18 * * *", ""), "1:1", "the digest says neither cron nor when", 'when = "now"'),
    (DIGEST + 'when = "now"', "4:8", "a digest has cron or when, not both", 'cron = "0 7 * * *"'),
    (DIGEST + 'when = "soon"', "4:8", "unknown when 'soon'", 'when = "now"'),
    (DIGEST + 'quiet = "22-7"', "4:9", "'22-7' is no stretch of hours", "22:00-07:00"),
    (DIGEST + 'quiet = "07:00-07:00"', "4:9", "is no stretch of hours", "22:00-07:00"),
    (DIGEST + 'quiet = "22:00-07:00"\nquiet_breaks = "urgent"', "5:16", "unknown quiet_breaks", "low, normal or high"),
    (DIGEST + 'empty = "say"', "4:9", "unknown empty 'say'", "skip or note"),
    (DIGEST + 'min_gap = "8d"', "4:11", "min_gap is at least 0s and at most 7d", "15m"),
    (DIGEST + 'unsubscribe = "desk@example.org"', "4:15", "no mailto: or https: address", "mailto:"),
    (
        '[[channel]]\nname = "a"\nurl = "json://a.example"\nunknown = "drop"',
        "4:11",
        "unknown unknown 'drop'",
        "resend or hold",
    ),
    ('[service]\nheartbeat_url = "ping.example"', "2:17", "heartbeat_url begins with http", "browser"),
    ('[service]\nlisten = "8080"', "2:10", "'8080' is no address and port", "127.0.0.1:8080"),
    ('[service]\nfeedback_key = "short"', "2:16", "fewer than 16 characters", "openssl"),
    ('[service]\npublic_url = "https://news.example"', "2:14", "need a feedback_key", "MONITOR_FEEDBACK"),
    (
        '[service]\nfeedback_key = "0123456789abcdef"\npublic_url = "https://news.example"',
        "3:14",
        "need a page to lead to",
        "listen =",
    ),
    (DIGEST.replace("0 7,18 * * *", "@daily"), "3:8", "is not a cron time: it has 1 field", "weekday"),
    # no TOML
    ("[[feed]\nid = 'a'", "1:7", "this is not TOML", "quotes"),
    (FEED + "title = BBC", "4:9", "this is not TOML: invalid value", "straight quotes"),
    # editors
    (("\n" + FEED + 'intervall = "5m"').replace("\n", "\r\n"), "5:1", "unknown key 'intervall'", "'interval'"),
    ("\ufeff[servic]", "1:2", "unknown table or key 'servic'", "did you mean 'service'?"),
    ("# \u2028 \x85\n[servic]", "2:2", "unknown table or key 'servic'", "did you mean 'service'?"),
]


@pytest.mark.parametrize(("text", "at", "message", "hint"), TABLE)
def test_a_mistake_is_named_with_its_place_and_a_hint(text, at, message, hint):
    found = only(text)
    assert found.where == f"config.toml:{at}"
    assert message in found.message
    assert hint in found.hint
    line, caret = found.excerpt.split("\n")
    assert caret.strip() == "^"
    assert len(caret) <= len(line) + 1


def test_all_mistakes_are_named_in_the_order_of_the_file():
    text = DIGEST + 'zone = "X"\npriority = 1\ntitle = 2\n' + FEED + 'tier = "a"\nlang = 1\n[servic]\n'
    assert [found.where.split(":")[1] for found in mistakes(text)] == ["5", "6", "10", "11", "12"]


def test_a_broken_table_hides_no_mistake_of_another_kind():
    wheres = [found.where for found in mistakes('[[feed]]\ntitle = 1\ninterval = "soon"\n')]
    assert wheres == ["config.toml:1:1", "config.toml:1:1", "config.toml:2:9"]


def test_the_file_is_called_what_the_caller_calls_it():
    with pytest.raises(Mistakes) as refused:
        parse("x = 1", where="/etc/monitor/config.toml", secrets={})
    assert str(refused.value).startswith("/etc/monitor/config.toml:1:1: unknown table or key 'x'\n    x = 1\n    ^\n")


@pytest.mark.parametrize("name", [3, True, ["a"], {"a": 1}])
def test_a_channel_without_a_proper_name_breaks_nothing_else(name):
    written = {3: "3", True: "true"}.get(name if isinstance(name, int) else "", "['a']")
    text = CHANNEL.replace('"mail"', written) + DIGEST + 'channels = ["mail"]'
    assert [found.message for found in mistakes(text)][-1] == "there is no channel 'mail'"


def test_a_secret_that_is_empty_is_not_set():
    assert "the secret ${PASSWORD} is not set" in only(CHANNEL, {"PASSWORD": ""}).message


@pytest.mark.parametrize(
    "line",
    [
        'url = "desk:hunter2@mail.example"',
        'ulr = "mailtos://desk:hunter2@mail.example"',
        'ulr = "https://chat.example/hooks/hunter2"',
        'url = ["json://chat.example/hunter2"]',
    ],
)
def test_a_complaint_about_a_channel_shows_nothing_of_its_address(line):
    with pytest.raises(Mistakes) as refused:
        parse(f'[[channel]]\nname = "mail"\n{line}\n', secrets={})
    assert "hunter2" not in str(refused.value)
    assert f"{line[:5]} ***" in str(refused.value)


def test_a_complaint_about_a_feed_shows_no_password():
    with pytest.raises(Mistakes) as refused:
        parse('[[feed]]\nid = "a"\nurl = "https://desk:hunter2@feeds.example:99999/"\n', secrets={})
    assert "hunter2" not in str(refused.value)


def test_a_filled_in_secret_is_never_shown():
    text = CHANNEL.replace("mailtos://desk:${PASSWORD}@mail.example", "${PASSWORD}")
    with pytest.raises(Mistakes) as refused:
        parse(text, secrets=SECRETS)
    assert "correct-horse" not in str(refused.value)


# -- laws --------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("[[feed]]\n", "[feed]\n", "[[channel]]\n", "[[digest]]\n", "[service]\n", "[[service]]\n", "[x]\n"),
        *('id = "a"\n', 'url = "https://a.example"\n', 'url = "${X}"\n', 'name = "a"\n', 'cron = "0 7 * * *"\n'),
        *(
            "cron = 'x'\n",
            'channels = ["a", 3]\n',
            "channels = 3\n",
            "tier = -1\n",
            "interval = '1s'\n",
            "zone = 'a'\n",
        ),
        *(
            "title = 'Київ'\n",
            "priority = 'x'\n",
            "# \u2028\n",
            "\r\n",
            "feed = [1]\n",
            "feed = {}\n",
            "service = []\n",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_file_is_a_configuration_or_a_list_of_mistakes(text):
    found: list[MonitorError] = []
    try:
        parse(text, secrets={})
    except Mistakes as refused:
        found += refused.mistakes or [refused]
    lines = text.split("\n")
    for mistake in found:
        name, line, column = mistake.where.split(":")
        assert name == "config.toml"
        assert 1 <= int(line) <= len(lines)
        assert 1 <= int(column) <= len(lines[int(line) - 1]) + 2
        assert mistake.hint


def test_every_key_says_what_it_is_for():
    for kind in config.TABLES.values():
        for field in msgspec.structs.fields(kind):
            assert toml.described(field), field.name


def test_the_place_of_a_mistake_holds_what_the_mistake_names():
    text = FEED + "\n[[digest]]\n  name='x'\n  cron='bad' # ...\n"
    line, column = map(int, only(text).where.split(":")[1:])
    assert toml.place(text, text.index("'bad'")) == (line, column)
