"""Gathers: says which items of several outlets tell of one event, as they come in, and why it thinks so."""
