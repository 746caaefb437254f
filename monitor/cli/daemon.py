"""``monitor run`` and ``monitor demo``: the service at work."""

import click

from monitor.cli.main import App


@click.command()
@click.option("--verbose", is_flag=True, help="Say more in the journal.")
@click.pass_obj
def run(app: App, verbose: bool) -> None:
    """Run the service until it is told to stop.

    SIGTERM or Ctrl-C ends it after the letter in hand; SIGHUP reads the
    configuration and the rules again.
    """
    from monitor import daemon

    daemon.run(app.path, verbose=verbose)


@click.command()
@click.option("--keep", is_flag=True, help="Keep the folder with the log and the letters.")
def demo(keep: bool) -> None:
    """Show the whole service at work on a bundled story, without a network."""
    from monitor.demo import play

    play.run(keep=keep)
