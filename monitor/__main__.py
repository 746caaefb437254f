"""``monitor`` and ``python -m monitor``."""


def main() -> None:
    """Run the command line."""
    from monitor.cli.main import cli

    cli(prog_name="monitor", windows_expand_args=False)


if __name__ == "__main__":
    main()
