"""Asks the service: one command, one question; one file a group of commands."""
