"""A small reader of catalogues: what stands in a .po file, and in the .mo file beside it."""

import ast
import gettext
from pathlib import Path


def read_po(path: Path) -> dict[tuple[str | None, str], list[str]]:
    """Return the translations by context and text; plural forms in order."""
    entries: dict[tuple[str | None, str], list[str]] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line.startswith('"'):
                parts[key] += ast.literal_eval(line)
            else:
                key, _, text = line.partition(" ")
                parts[key] = ast.literal_eval(text)
        if parts.get("msgid"):
            forms = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
            entries[parts.get("msgctxt"), parts["msgid"]] = forms
    return entries


def read_mo(path: Path) -> dict[tuple[str | None, str], list[str]]:
    """Return the same out of a compiled catalogue; texts without translation are not in it."""
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    found: dict[tuple[str | None, str], dict[int, str]] = {}
    for key, text in catalogue.items():
        msgid, form = key if isinstance(key, tuple) else (key, 0)
        context, _, rest = msgid.rpartition("\x04")
        if rest:
            found.setdefault((context or None, rest), {})[form] = text
    return {key: [forms[number] for number in sorted(forms)] for key, forms in found.items()}
