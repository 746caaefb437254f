"""What the feedback page says: small HTML without script, every word of a feed escaped. Pure."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Literal

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;"
    "color-scheme:light dark;overflow-wrap:anywhere}button{font:inherit;padding:.5rem 1.2rem}"
)
ALLOWED_STYLE = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{ALLOWED_STYLE}'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the link is good for a mark: no other site shall learn it
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "monitor",
}
WORDS: dict[Literal["relevant", "noise"], str] = {"relevant": "worth it", "noise": "noise"}


def asking(headline: str, mark: Literal["relevant", "noise"]) -> str:
    """The headline and one button. A mail scanner follows links; it does not press buttons."""
    button = f'<form method="post"><button>Yes, {WORDS[mark]}</button></form>'
    return _page("Was this worth telling?", f"<p><bdi>{escape(headline)}</bdi></p>{button}")


def thanks(headline: str, mark: Literal["relevant", "noise"]) -> str:
    """A word of thanks."""
    return _page("Thank you", f"<p>Noted as <b>{WORDS[mark]}</b>: <bdi>{escape(headline)}</bdi></p>")


def sorry(title: str, text: str) -> str:
    """Why there is nothing here."""
    return _page(title, f"<p>{escape(text)}</p>")


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en">{head}<style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>\n'
