"""A mistake in a query, before anyone knows which file the query stands in. Pure."""


class Fault(Exception):
    """A mistake in characters ``start`` up to ``end`` of a query; whoever knows the file makes it a RuleError."""

    def __init__(self, message: str, start: int, end: int, hint: str) -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.hint = message, start, end, hint
