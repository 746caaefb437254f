"""Inflating a body piece by piece, never beyond a bound: what comes out is counted before it is kept. Pure.

Source: RFC 9110 section 8.4.1 (gzip, and deflate, which half of the servers send without its zlib header).
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

STEP = 64 * 2**10  # bytes inflated at once: a bomb is noticed before it has grown
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Unsupported(Exception):
    """A content encoding that was not asked for."""


class Damaged(Exception):
    """The data are not in the encoding they are said to be in."""


class Unfinished(Exception):
    """The data end before the encoding does."""


class Inflate(Protocol):
    """Takes pieces of a body and gives pieces of what it stands for."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What the piece stands for, in small steps.

        Raises:
            Damaged: it stands for nothing.
        """
        ...

    def end(self) -> None:
        """No more pieces come.

        Raises:
            Unfinished: there should have been more.
        """
        ...


class Identity:
    """No encoding at all."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The piece itself."""
        yield piece

    def end(self) -> None:
        """Any end is good."""


class Zlib:
    """gzip (several members too) or deflate."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._inflate = zlib.decompressobj(GZIP) if gzip else None
        self._started = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What the piece inflates to, 64 KiB at a time."""
        while piece:
            if self._inflate is None:
                self._inflate = zlib.decompressobj(ZLIB if _has_zlib_header(piece) else RAW)
            self._started = True
            try:
                inflated = self._inflate.decompress(piece, STEP)
            except zlib.error as wrong:
                raise Damaged(str(wrong)) from None
            if inflated:
                yield inflated
            piece = self._inflate.unconsumed_tail
            if self._inflate.eof:
                piece = self._inflate.unused_data
                if not self._gzip or not piece.startswith(b"\x1f\x8b"):
                    return  # what follows the end is not the document's
                self._inflate = zlib.decompressobj(GZIP)

    def end(self) -> None:
        """An encoding has an end of its own; an empty body is none at all."""
        if self._started and self._inflate is not None and not self._inflate.eof:
            raise Unfinished


def _has_zlib_header(piece: bytes) -> bool:
    return piece[0] & 0x0F == 8 and (len(piece) < 2 or (piece[0] << 8 | piece[1]) % 31 == 0)


def inflate_for(encoding: str) -> Inflate:
    """The reading of a Content-Encoding.

    Raises:
        Unsupported: not gzip, deflate or none; also two of them, for a body encoded twice is a bomb's wrapping.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Zlib(gzip=True)
        case "deflate":
            return Zlib(gzip=False)
    raise Unsupported(encoding)
