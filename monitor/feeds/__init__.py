"""Hears: fetches feeds politely, parses them in a cage, and decides what of it is news."""
