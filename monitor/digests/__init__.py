"""Tells: knows when a digest is due, composes and renders it, and gets every letter to its recipient."""
