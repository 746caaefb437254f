"""Error pages that pose as items are known, and news about errors is news."""

import pytest
from feeds.documents import item, rss

from monitor.feeds import cut
from monitor.feeds.error_items import why
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read
from monitor.model import Item

CALL = "https://bridge.example/?action=display&bridge=Herald&format=Atom"


def posing(title, summary="", url="", **fields):
    return why(Item(id="0" * 32, feed="bbc", title=title, summary=summary, url=url, **fields))


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Bridge returned error 404! (20245)", "Details"),
        ("Bridge returned error 0! (19721)", ""),
        ("HeraldBridge failed with error 503", "The server said no"),
        ("Herald", "HeraldBridge was unable to receive or process the remote website's content!"),
        ("Herald", "Details Type: HttpException Code: 403 Message: Forbidden"),
        ("Just a moment...", "Enable JavaScript and cookies to continue"),
        ("Just a moment…", ""),
        ("Attention Required! | Cloudflare", "Why have I been blocked?"),
        ("Access denied | herald.example used Cloudflare to restrict access", "x"),
        ("herald.example | 522: Connection timed out", "x"),
        ("herald.example", "herald.example needs to review the security of your connection before proceeding."),
        ("DDoS-Guard", "Checking your browser before accessing herald.example"),
        ("Pardon Our Interruption...", "As you were browsing"),
        ("403 Forbidden", "nginx"),
        ("404 - Page not found", "Try the front page"),
        ("Error 503: Service Unavailable", "Varnish"),
        ("502 Bad Gateway", ""),
        ("HTTP 429", ""),
        ("Error establishing a database connection", ""),
        ("WordPress › Error", "There has been a critical error"),
        ("Error 404 (Not Found)!!1", "The requested URL /feed was not found on this server. That's all we know."),
        ("https://www.search.example/", "Our systems have detected unusual traffic from your computer network."),
        ("Access Denied", 'You don\'t have permission to access "http://herald.example/rss" on this server.'),
        ("This feed has been disabled", "Ask its maker"),
        ("This feed is no longer available.", "x"),
        ("This RSS feed has moved to https://herald.example/new.xml", "x"),
        ("The Herald RSS feed is temporarily unavailable", "x"),
    ],
)
def test_an_error_page_is_known_by_what_nobody_else_writes(title, summary):
    assert posing(title, summary)
    assert posing(title.upper(), summary, author="Ann", tags=("World",))


@pytest.mark.parametrize(
    "title",
    [
        "Access denied",
        "Access Denied.",
        "Page not found",
        "Service Unavailable",
        "Rate limit exceeded",
        "Too many requests",
        "Are you a robot?",
        "Please wait...",
        "Error",
        "Site is under maintenance",
        "Upgrade your plan",
        "Upgrade to continue receiving new posts",
        "Your trial has expired",
        "Feed not found",
        "Доступ запрещён",
        "Сторінку не знайдено",
    ],
)
def test_a_title_that_an_article_might_have_counts_only_where_the_item_gives_itself_away(title):
    assert posing(title)
    assert posing(title, f"{title.lower()}.")
    assert posing(title, "Open the app to go on", "https://rss.app/feeds/x")
    assert posing(title, "No luck today", CALL)
    assert not posing(title, "How a ministry learned to keep people out of its archive.", "https://herald.example/1")
    assert not posing(title, "", "https://herald.example/1", author="Ann Lee")


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Access denied: how the Kremlin blocks the open web", ""),
        ("404 Media raises money for its newsroom", ""),
        ("403 Forbidden City tickets sold in a minute", ""),
        ("500 internal refugees reach Lviv", ""),
        ("502 bad gateways: a history of the web's errors", ""),
        ("Error 402: but how do we pay for news?", ""),
        ("Just a moment of peace in Kharkiv", ""),
        ("Just a moment", ""),
        ("Cloudflare outage takes down half the web", "A page said: Enable JavaScript and cookies to continue."),
        ("Attention required: winter is coming to the front", ""),
        ("Bridge returned to service after an error", ""),
        ("Kerch bridge failed, and with it a supply line", ""),
        ("This feed has moved me: on a year of reading", ""),
        ("Upgrade your kitchen with these ten knives", ""),
        ("Too many requests for asylum, says minister", ""),
        ("Forbidden", ""),
        ("Gone", ""),
        ("Maintenance", ""),
        ("Not found guilty", ""),
        ("Service unavailable: rail strike enters its second week", ""),
        ("", ""),
    ],
)
def test_news_about_errors_is_news(title, summary):
    assert posing(title, summary) == ""


JOB = {"feed": "bbc", "base": "https://bbc.example/", "lang": "", "content_type": ""}


def heard(*entries):
    return read(Job(**JOB, body=rss("".join(entries))))


def test_an_error_among_news_is_set_apart_and_looked_at_again():
    answer = heard(item("", "Grain leaves Odesa"), item("", "Bridge returned error 403! (20245)"))
    assert [one.title for one in answer.items] == ["Grain leaves Odesa"]
    assert [one.title for one in answer.quarantined] == ["Bridge returned error 403! (20245)"]
    assert cut.items_of(answer.entries) == (answer.items[0].id,)
    assert cut.unpack(answer.entries)[1].hash == cut.NO_HASH
    assert answer.trouble is None


def test_a_document_of_nothing_but_errors_is_trouble():
    answer = heard(item("", "Bridge returned error 403! (20245)"), item("", "403 Forbidden"))
    assert (answer.items, answer.quarantined) == ((), ())
    assert answer.trouble.code == "error_page"
    assert answer.trouble.text == (
        "in the place of news stands an error of the bridge that makes the feed: 'Bridge returned error 403! (20245)'"
    )


def test_an_error_stays_one_at_the_next_poll_and_news_beside_it_is_read_once():
    news, error = item("", "Grain leaves Odesa"), item("", "Bridge returned error 403! (20245)")
    first = heard(news, error)
    again = read(Job(**{**JOB, "body": rss(error + news), "entries": first.entries}))
    assert (again.items, [one.title for one in again.quarantined]) == ((), ["Bridge returned error 403! (20245)"])
    assert again.trouble is None
    alone = read(Job(**{**JOB, "body": rss(error), "entries": first.entries}))
    assert alone.trouble.code == "error_page"
