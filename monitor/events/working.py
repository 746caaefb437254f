"""What the service did: its starts and stops, its rules. Pure."""

from monitor.event import Event, event


@event(stream="service", key=("at",))
class ServiceStarted(Event, frozen=True, kw_only=True):
    """The service began its work."""

    release: str  # the program's version


@event(stream="service", key=("at",))
class ServiceStopped(Event, frozen=True, kw_only=True):
    """The service ended its work in good order; a start without a stop before it was a crash."""

    reason: str


@event(stream="rules", key=("digest", "at"))
class RulesChanged(Event, frozen=True, kw_only=True):
    """A new set of rules is in force; ``sources`` holds every file, so that old matches can be explained."""

    digest: str
    sources: dict[str, str]


@event(stream="rules", key=("digest", "at"))
class RulesRefused(Event, frozen=True, kw_only=True):
    """Changed rules or configuration did not check and were refused whole; the rules of ``digest`` stay in force."""

    digest: str
    mistakes: tuple[str, ...]
