"""The news monitor: hears feeds, judges items by rules, remembers everything, tells people by digest.

The house, one line a room (docs/architecture.md has the page to hold in mind):

    cli/ daemon.py control.py journal.py demo/     faces: how people and systemd reach it
    service/    the one place that knows every room and asks the time
    feeds/      hears         http* sandbox* address delta parse poll
    rules/      judges        files* grammar.lark parser query text match explain linter ruleset
    log/        remembers     the contract, codec, chain, sqlite*, lock*
    views/      shows         project, sqlite*
    digests/    tells         slots compose fold tidy render notice outbox smtp* webhook* apprise*
    config events model errors toml                the language every room speaks

``*`` marks a door: a file that touches the world. Everything else in a room is pure.
"""

__version__ = "0.1.0"
