"""The service: the one place that knows every room and asks the time. Look, reach out, decide, record."""
