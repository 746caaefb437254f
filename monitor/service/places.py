"""Where things are: the configuration on the disk, its secrets, the folders it names."""

import os
import subprocess
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from monitor import config as configuration
from monitor import toml
from monitor.config import Config
from monitor.digests import sample, template
from monitor.errors import ConfigError, Mistakes, NotFound, did_you_mean
from monitor.model import Digest
from monitor.rules import files, ruleset
from monitor.rules.ruleset import RuleSet

MOST_TEMPLATE = 256 * 2**10  # bytes
MOST_CONFIG = 10 * 2**20  # bytes; ten thousand feeds are about two


def secrets() -> dict[str, str]:
    """What ``${NAME}`` may stand for: the environment, and before it systemd's credentials."""
    found = dict(os.environ)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and Path(folder).is_dir():
        for path in Path(folder).iterdir():
            if path.is_file():
                found[path.name] = path.read_text(encoding="utf-8").strip()
    return found


def read_config(path: Path, *, asking: bool = False) -> Config:
    """The configuration in a file; for who is only ``asking``, without its secrets.

    Raises:
        ConfigError: the file cannot be read.
        Mistakes: what it says cannot be understood.
    """
    return configuration.parse(text_of(path), where=str(path), secrets=None if asking else secrets())


class Checked(NamedTuple):
    """A configuration and rules that are in order."""

    config: Config
    rules: RuleSet
    examples: int  # how many were tried; all hold
    notes: tuple[str, ...]  # what is no mistake, and may still surprise


def check(path: Path, *, examples: bool = True) -> Checked:
    """Read configuration and rules and try every example.

    Raises:
        MonitorError: Mistakes with everything that is wrong, or the one thing that kept the rest from being read.
    """
    config = read_config(path)
    _can_read_articles(path, config)
    if examples:
        _templates_work(path, config)
    if config.channels:
        from monitor.service import doors  # a mail library, which a check without channels need not pay for

        if wrong := list(doors.mistakes(config, text_of(path), str(path))):
            raise Mistakes(wrong)
    return check_rules(path, config, examples=examples)


def check_rules(path: Path, config: Config, *, examples: bool = True) -> Checked:
    """The same, of the rules under a configuration that is in order."""
    rules = read_rules(path, config)
    tried = rules.examples() if examples else ()
    failed = [example.mistake() for example in tried if not example.held]
    if failed:
        raise Mistakes(failed)
    silent = [digest.name for digest in config.digests if not digest.channels]
    notes = [f"the digest {name!r} has no channel: it is kept in the log and sent to nobody" for name in silent]
    if not config.digests:
        notes.append("there is no [[digest]]: items are matched and nobody is told")
    notes += [f"the rule {rule!r} is held against every item: no word of it must be there" for rule in rules.scans]
    return Checked(config, rules, len(tried), (*notes, *map(str, rules.lints)))


def sources_at(path: Path, config: Config, revision: str) -> dict[str, str]:
    """The rule files of a folder, or of the rules folder at a git revision.

    Raises:
        NotFound: there is neither such a folder nor such a revision.
    """
    if Path(revision).is_dir():
        return files.read(Path(revision))
    folder = path.parent / config.rules
    names = _git(folder, revision, "ls-tree", "--name-only", revision, "./").splitlines()
    return {name: _git(folder, revision, "show", f"{revision}:./{name}") for name in names if name.endswith(".toml")}


def _git(folder: Path, revision: str, *words: str) -> str:
    """What git says in a folder."""
    hint = "a folder, or a revision of the repository that the rules folder is in: HEAD~3, main, a tag"
    if revision.startswith("-"):
        raise NotFound(f"{revision!r} is no revision", hint=hint)
    try:
        command = ["git", "-C", str(folder), *words]
        said = subprocess.run(  # noqa: S603 - no shell, and a revision that looks like an option was refused above
            command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=30
        )
    except FileNotFoundError:
        raise NotFound(f"there is no folder {revision!r}, and git is not installed", hint=hint) from None
    if said.returncode:
        reason = said.stderr.strip().splitlines()[:1] or ["git failed"]
        raise NotFound(f"there are no rules at {revision!r}: {reason[0]}", hint=hint)
    return said.stdout


def signature(path: Path, config: Config) -> tuple[tuple[str, int, int], ...]:
    """The rule files' names, times and sizes: another one when any of them was written, added or taken away."""
    found = []
    with suppress(OSError):  # the folder is being replaced: that is another signature too
        for entry in os.scandir(path.parent / config.rules):
            if entry.name.endswith(".toml"):
                seen = entry.stat()
                found.append((entry.name, seen.st_mtime_ns, seen.st_size))
    return tuple(sorted(found))


def rules_named(rules: RuleSet, names: Iterable[str]) -> None:
    """Raises NotFound, with the nearest name, if a rule is not there."""
    known = {rule.id for rule in rules.rules}
    for name in names:
        if name not in known:
            raise NotFound(f"there is no rule {name!r}", hint=did_you_mean(name, known))


def text_of(path: Path) -> str:
    """The text of a configuration, with its byte order mark if it has one.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        if path.stat().st_size > MOST_CONFIG:
            raise ConfigError("the configuration is larger than 10 MiB", where=str(path), hint="is it the right file?")
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        hint = "give its place with --config FILE, or go to the folder that holds config.toml"
        raise ConfigError("there is no configuration here", where=str(path), hint=hint) from None
    except UnicodeDecodeError as wrong:
        raise ConfigError(
            f"byte {wrong.start} is not UTF-8", where=str(path), hint="save the file as UTF-8 in your editor"
        ) from None
    except OSError as wrong:
        raise ConfigError(
            f"cannot be read: {wrong.strerror}", where=str(path), hint=f"who may read it: ls -l {path}"
        ) from None


def data_folder(path: Path, config: Config) -> Path:
    """Where the log lives: systemd's state folder, or the one the configuration names, beside its file."""
    return _beside(path, config.data)


def data_beside(path: Path) -> Path:
    """Where the log lies as far as a configuration that cannot be understood still says; else where it mostly does."""
    try:
        named = tomllib.loads(path.read_text(encoding="utf-8")).get("service", {}).get("data", "data")
    except (OSError, ValueError, AttributeError):  # no file, no TOML, or [[service]]
        named = "data"
    return _beside(path, str(named))


def _beside(path: Path, data: str) -> Path:
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(state) if state else (path.parent / data).absolute()


def read_rules(path: Path, config: Config) -> RuleSet:
    """The rules that the configuration names, and whether its digests ask for rules that are there.

    Raises:
        RuleError | Mistakes: the folder or a file in it cannot be understood.
    """
    folder = path.parent / config.rules
    rules = ruleset.compile(files.read(folder), where=_shown(folder))
    _digests_name_rules(path, config, rules)
    return rules


def templates(path: Path) -> dict[str, str]:
    """The users' own templates, beside config.toml, by their names; most have none.

    Raises:
        ConfigError: one of them cannot be read.
    """
    found = {}
    for file in sorted((path.parent / template.FOLDER).glob("*.j2")):
        where = f"{template.FOLDER}/{file.name}"
        try:
            if file.stat().st_size > MOST_TEMPLATE:
                raise ConfigError("a template is larger than 256 KiB", where=where, hint="is it the right file?")
            found[file.name] = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            hint = "save it as UTF-8, where the service may read it"
            raise ConfigError(f"a template cannot be read: {wrong}", where=where, hint=hint) from None
    return found


def _templates_work(path: Path, config: Config) -> None:
    """Whether every digest that has templates of its own could be told with them; a letter of everything is tried."""
    sources = templates(path)
    tried: dict[tuple[str, str], Digest] = {}
    for digest in config.digests:
        html, text = template.chosen(digest.name, sources)
        for names in filter(any, ((html, ""), ("", text))):
            tried.setdefault(names, digest)
    answers = [template.render(sample.letter(digest), sources, names) for names, digest in tried.items()]
    failed = [answer.failed for answer in answers if answer.failed]
    if failed:
        hint = "monitor digest preview NAME shows what it would look like"
        raise Mistakes([ConfigError(what, where=where, hint=hint) for where, what in map(_apart, failed)])


def _apart(failed: str) -> tuple[str, str]:
    """A complaint's place and the rest of it."""
    where, _, what = failed.partition(": ")
    return where, what


def _shown(folder: Path) -> str:
    """The folder as a complaint names it: from here, if that is shorter."""
    here = os.path.relpath(folder)
    return here if len(here) < len(str(folder)) else str(folder)


def _can_read_articles(path: Path, config: Config) -> None:
    """Whether the library is there that feeds with ``full_text`` need."""
    asking = [number for number, feed in enumerate(config.feeds) if feed.full_text != "never"]
    if asking and find_spec("trafilatura") is None:
        text = text_of(path)
        at = toml.place_of_key(text, ("feed", asking[0], "full_text"))
        where = f"{path}:{at.line}:{at.column}"
        hint = "pip install '.[fulltext]', or take full_text out"
        message = "to read articles, trafilatura must be installed"
        raise ConfigError(message, where=where, excerpt=toml.excerpt(text, at), hint=hint)


def _digests_name_rules(path: Path, config: Config, rules: RuleSet) -> None:
    """Digests ask for rules by id, rules for digests by name: neither may ask for what is not there."""
    known, named = {rule.id for rule in rules.rules}, {digest.name for digest in config.digests}
    text = text_of(path)
    wrong = [
        _unknown("rule", topic, known, str(path), text, ("digest", number, "topics", n))
        for number, digest in enumerate(config.digests)
        for n, topic in enumerate(digest.topics)
        if topic not in known
    ]
    for rule in rules.rules:
        file = f"{rule.id}.toml"
        where = f"{_shown(path.parent / config.rules)}/{file}"
        wrong += [
            _unknown("digest", name, named, where, rules.sources[file], ("digests", n))
            for n, name in enumerate(rule.digests)
            if name not in named
        ]
    if wrong:
        raise Mistakes(wrong)


def _unknown(what: str, word: str, known: set[str], where: str, text: str, path: toml.Path) -> ConfigError:
    at = toml.place_of_value(text, path)
    return ConfigError(
        f"there is no {what} {word!r}",
        where=f"{where}:{at.line}:{at.column}",
        excerpt=toml.excerpt(text, at, len(word) + 2),
        hint=did_you_mean(word, known),
    )
