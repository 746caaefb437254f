"""Shows: read models folded from the log; disposable, rebuilt whenever they are missing."""
