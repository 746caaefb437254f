"""The laws of the house (docs/architecture.md), and for each a wrong line that it must bite."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

HOUSE = Path(__file__).parent.parent / "monitor"
LANGUAGE = {"canonical", "config", "errors", "event", "events", "model", "tables", "toml", "values"}
ROOMS = {"feeds", "rules", "stories", "log", "views", "digests"}
FACES = {"cli", "web", "demo", "daemon", "control", "journal", "__main__"}
DOORS = re.compile(
    r"(feeds/(http|sandbox|guard)|rules/files|log/(sqlite|lock)|views/sqlite|digests/(smtp|webhook|apprise|template))\w*\.py"
)
WORLD = {
    *("socket", "ssl", "os", "subprocess", "shutil", "tempfile", "pathlib", "multiprocessing", "threading", "asyncio"),
    *("signal", "resource", "fcntl", "sqlite3", "sqlite_utils", "aiohttp", "aiodns", "smtplib", "http", "requests"),
    *("urllib.request", "apprise", "feedparser", "structlog", "trafilatura"),
}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "uuid4",
    "uuid1",
    "uuid.uuid4",
}
HEAVY = {"feedparser", "apprise", "aiohttp", "sqlite_utils", "jinja2", "rich", "structlog", "apscheduler", "tomlkit"}
LONGEST_FILE, LONGEST_FUNCTION = 350, 55  # lines


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield node, module
            if module == "monitor":
                yield from ((node, f"monitor.{alias.name}") for alias in node.names)


def place_of(name: str) -> str:
    """The room, face or word of the language that a file of the house (``feeds/http.py``) belongs to."""
    return PurePosixPath(name).parts[0].removesuffix(".py")


def strangers(name: str, tree: ast.AST) -> Iterator[str]:
    """Law 1: a room imports the language and itself; a face imports the service, the language and faces."""
    here = place_of(name)
    allowed = LANGUAGE | {here}
    if here in FACES:
        allowed |= FACES | {"service"}
    elif here == "service":
        allowed |= ROOMS
    for node, module in imports(tree):
        parts = module.split(".")
        if parts[0] == "monitor" and len(parts) > 1 and parts[1] not in allowed and parts[1] != "__version__":
            yield f"{name}:{node.lineno}: {here} knows {module}"


def doors(name: str, tree: ast.AST) -> Iterator[str]:
    """Law 2: only doors, faces and the service touch the world."""
    if place_of(name) in FACES | {"service"} or DOORS.fullmatch(name):
        return
    for node, module in imports(tree):
        if module in WORLD or (module.split(".")[0] in WORLD and module != "http.HTTPStatus"):
            yield f"{name}:{node.lineno}: {module} outside a door"
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in {"open", "print", "input"}
        ):
            yield f"{name}:{call.lineno}: {call.func.id}() outside a door"


def time_enters_once(name: str, tree: ast.AST) -> Iterator[str]:
    """Law 3: nobody but the service asks the time or rolls dice."""
    if place_of(name) == "service":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and any(
            ast.unparse(node) == clock or ast.unparse(node).endswith(f".{clock}") for clock in CLOCKS
        ):
            yield f"{name}:{node.lineno}: {ast.unparse(node)}"
    for node, module in imports(tree):
        if module in {"random", "uuid", "secrets"}:
            yield f"{name}:{node.lineno}: {module}"


def light_start(name: str, tree: ast.AST) -> Iterator[str]:
    """A heavy import inside a function belongs to a door or a face; at the top, to nobody that every command loads."""
    if place_of(name) in FACES | {"service"} or DOORS.fullmatch(name):
        return
    top = {id(node) for node in tree.body} if isinstance(tree, ast.Module) else set()
    for node, module in imports(tree):
        if id(node) not in top and module.split(".")[0] in HEAVY - {"jinja2"}:
            yield f"{name}:{node.lineno}: {module} inside a function"


def small(name: str, tree: ast.AST, lines: int) -> Iterator[str]:
    """A long file is two things; so is a long function."""
    if lines > LONGEST_FILE:
        yield f"{name}: {lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno
            if length > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno}: {node.name} is {length} lines"


def swallowed(name: str, tree: ast.AST) -> Iterator[str]:
    """No bare except, and no broad one whose body is nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            if node.type is None or (broad and all(isinstance(s, ast.Pass | ast.Continue) for s in node.body)):
                yield f"{name}:{node.lineno}: an error is swallowed"


def documented(name: str, tree: ast.AST) -> Iterator[str]:
    """Every file says in its first line what it is; a door says that it is one."""
    first = (ast.get_docstring(tree) or "").split("\n")[0] if isinstance(tree, ast.Module) else ""
    if not first:
        yield f"{name}: no docstring"
    elif DOORS.fullmatch(name) and not first.startswith("Door:"):
        yield f"{name}: a door's docstring begins with 'Door:'"


FILES = sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py"))


def faults(name: str, source: str) -> list[str]:
    tree = ast.parse(source)
    return [
        *strangers(name, tree),
        *doors(name, tree),
        *time_enters_once(name, tree),
        *light_start(name, tree),
        *small(name, tree, source.count("\n")),
        *swallowed(name, tree),
        *documented(name, tree),
    ]


@pytest.mark.parametrize("name", FILES)
def test_the_house_keeps_its_laws(name):
    assert faults(name, (HOUSE / name).read_text()) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("feeds/parse.py", "from monitor.rules.match import Matcher"),
        ("rules/match.py", "from monitor import views"),
        ("stories/window.py", "from monitor.rules.text import words"),
        ("digests/compose.py", "import monitor.log.sqlite"),
        ("cli/items.py", "from monitor.views.sqlite import Views"),
        ("config.py", "from monitor.service import core"),
        ("feeds/parse.py", "import socket"),
        ("rules/query.py", "from pathlib import Path"),
        ("digests/compose.py", "x = open('letter.html')"),
        ("config.py", "import os"),
        ("digests/slots.py", "from datetime import datetime\nx = datetime.now()"),
        ("digests/smtp.py", '"""Door: x."""\nimport time\nx = time.time()'),
        ("daemon.py", "import random"),
        ("feeds/poll.py", "import datetime\nx = datetime.datetime.utcnow()"),
        ("digests/compose.py", "def f():\n    import feedparser"),
        ("views/project.py", "x = 1\n" * 351),
        ("views/project.py", "def f():\n" + "    x = 1\n" * 56),
        ("daemon.py", "try:\n    x = 1\nexcept Exception:\n    pass"),
        ("daemon.py", "try:\n    x = 1\nexcept:\n    raise"),
        ("log/sqlite.py", '"""Keeps the log."""'),
        ("daemon.py", "x = 1"),
    ],
)
def test_a_broken_law_is_noticed(name, line):
    source = line if line.startswith('"""') or line == "x = 1" else f'"""Doc."""\n{line}'
    source = source.replace('"""Doc."""\n"""Door', '"""Door')
    assert faults(name, source)
