"""Inflating: whatever the pieces, the whole comes out or an honest error."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.inflate import STEP, Damaged, Unfinished, Unsupported, inflate_for

SQUEEZE = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}


def inflated(encoding, pieces):
    inflate = inflate_for(encoding)
    out = [one for piece in pieces for one in inflate.feed(piece)]
    inflate.end()
    assert all(len(one) <= STEP or encoding == "identity" for one in out)
    return b"".join(out)


@given(st.binary(max_size=2000), st.integers(0, 200), st.integers(1, 50), st.sampled_from(sorted(SQUEEZE)))
def test_however_it_is_cut_the_body_comes_out_whole(data, zeros, size, encoding):
    data += bytes(zeros * 1000)
    squeezed = SQUEEZE[encoding](data)
    assert inflated(encoding, [squeezed[n : n + size] for n in range(0, len(squeezed), size)]) == data


@given(st.binary(min_size=1, max_size=2000), st.integers(1, 2000), st.sampled_from(["gzip", "deflate"]))
def test_a_body_that_is_cut_off_is_never_taken_for_whole(data, missing, encoding):
    squeezed = SQUEEZE[encoding](data)
    cut = squeezed[: max(1, len(squeezed) - missing)]
    with pytest.raises((Unfinished, Damaged)):
        inflated(encoding, [cut])


@given(st.binary(min_size=1, max_size=200))
def test_no_bytes_make_it_fail_otherwise(data):
    for encoding in ("gzip", "deflate"):
        try:
            inflated(encoding, [data])
        except (Damaged, Unfinished):
            continue


def test_an_empty_body_is_empty_in_any_encoding():
    assert inflated("gzip", []) == inflated("deflate", []) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,deflate", "compress", "gzip;q=1"])
def test_other_encodings_are_not_read(encoding):
    with pytest.raises(Unsupported):
        inflate_for(encoding)
