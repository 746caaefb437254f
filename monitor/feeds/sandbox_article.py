"""Door: an article's text out of its page, by trafilatura, which only the parser child loads (0.4 s, 18 MB)."""

from monitor.feeds.article import LONGEST_TEXT, source
from monitor.feeds.heard import Page, Prose
from monitor.feeds.text import FIELD_LIMIT, tidy
from monitor.model import Trouble


def read(page: Page) -> Prose:
    """The article on a page: one line of plain text, at most 16 Ki characters of it.

    Trouble: ``encoding``; ``no_text`` where no article is found, as on a page that asks for a log-in, and where the
    library gave up.

    Raises:
        MemoryError, RecursionError: it is too large or too deep.
    """
    import trafilatura

    html = source(page.body, page.content_type)
    if isinstance(html, Trouble):
        return Prose(trouble=html)
    # Readers' comments are left out: what a stranger wrote below an article is no news.
    found = trafilatura.extract(html, output_format="txt", include_comments=False) or ""
    text = tidy(found[:FIELD_LIMIT], LONGEST_TEXT)
    return Prose(text=text) if text else Prose(trouble=Trouble(code="no_text", text="no article is on the page"))
