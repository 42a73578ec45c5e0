"""Check the rules of the house that no linter knows: sizes of files and functions, and module names."""

import ast
import sys
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
BANNED_NAMES = {"utils", "helpers", "manager", "common"}
DATA_MODULES = {
    "src/comity/kernel/codes/states.py": "a table of ICAO codes",
}
"""Files that may be longer, each with its reason."""


def findings(root: Path) -> list[str]:
    """Return one line per broken rule below `root`."""
    found: list[str] = []
    for path in sorted(root.rglob("*.py")):
        name = path.as_posix()
        if "/migrations/" in name:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MAX_FILE_LINES and name not in DATA_MODULES:
            found.append(f"{name}: {lines} lines, at most {MAX_FILE_LINES}")
        if path.stem in BANNED_NAMES:
            found.append(f"{name}: the name says nothing")
        found.extend(_long_functions(name, ast.parse(text)))
    return found


def _long_functions(name: str, tree: ast.Module) -> list[str]:
    return [
        f"{name}:{node.lineno}: {node.name} has {length} lines, at most {MAX_FUNCTION_LINES}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def main() -> int:
    """Print the findings; 1 when there are any."""
    found = findings(Path("src"))
    for line in found:
        print(line)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
