"""Door: read the rules folder. What cannot be read is a RuleError that says which file and why."""

from pathlib import Path

from monitor.errors import Mistakes, RuleError

LARGEST = 1024 * 1024  # bytes of one file that are read at all; document.py draws the line for a rule file


def read(folder: Path) -> dict[str, str]:
    """The text of every ``*.toml`` in a folder, by file name; hidden files and other names are none of ours.

    Raises:
        RuleError: there is no such folder, or it holds no rule file.
        Mistakes: some of the files cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError as wrong:
        hint = "config.toml names it under [service]: rules = ..."
        message = f"the rules folder cannot be read: {wrong.strerror}"
        raise RuleError(message, where=str(folder), hint=hint) from None
    if not paths:
        hint = 'write one, for instance kyiv.toml: title = "Kyiv" and query = "Kyiv"'
        raise RuleError("there is no rule file in this folder", where=str(folder), hint=hint)
    texts: dict[str, str] = {}
    mistakes: list[RuleError] = []
    for path in paths:
        try:
            texts[path.name] = _text(path, folder)
        except RuleError as wrong:
            mistakes.append(wrong)
    if mistakes:
        raise Mistakes(mistakes)
    return texts


def read_one(path: Path) -> str:
    """The text of one rule file, wherever it lies.

    Raises:
        RuleError: it cannot be read.
    """
    return _text(path, path.parent)


def _text(path: Path, folder: Path) -> str:
    if not path.is_file():
        raise RuleError("this is no file", where=str(path), hint="rename it or take it away")
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        # A complaint shows the line at fault: a link must not make it show a line of some other file.
        hint = "put the file itself here, or name the folder that holds it in config.toml"
        raise RuleError("this link leads out of the rules folder", where=str(path), hint=hint)
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as wrong:
        hint = "check the file and its permissions"
        raise RuleError(f"this file cannot be read: {wrong.strerror}", where=str(path), hint=hint) from None
    if len(body) > LARGEST:
        raise RuleError("this file is larger than 1 MiB", where=str(path), hint="is it a rule file at all?")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = body.count(b"\n", 0, wrong.start) + 1
        hint = "save the file as UTF-8 in your editor"
        raise RuleError(f"byte 0x{body[wrong.start]:02x} is not UTF-8", where=f"{path}:{line}", hint=hint) from None
