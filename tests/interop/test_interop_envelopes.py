"""The second implementation agrees with Comity on every committed envelope, code by code."""

import ast
import json
from pathlib import Path

import pytest

from tests.interop import second_reader
from tests.node import vector_cases

SOURCE = Path(second_reader.__file__).read_text(encoding="utf-8")
MAX_LINES = 300
GOOD, BAD = vector_cases.cases("good"), vector_cases.cases("bad")
RINGS = {
    bureau: {key: bytes.fromhex(seed) for key, seed in seeds.items()}
    for bureau, seeds in vector_cases.load("world")["rings"].items()
}


def read(case):
    return second_reader.read(case.data, case.directory, case.at, case.reader, RINGS.get(case.reader, {}))


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_good_envelope_opens_there_too(case):
    digest, letter = read(case)
    assert (digest or "") == case.digest
    if case.letter:
        assert letter == case.letter


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_envelope_is_refused_there_too_with_the_same_code(case):
    with pytest.raises(second_reader.RefusedError) as caught:
        read(case)
    assert caught.value.args == (case.code,)


def test_it_stands_alone_and_is_short():
    """Nothing of Comity in it, or it would agree by construction."""
    assert len(SOURCE.splitlines()) <= MAX_LINES
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        )
    }
    assert imported == {"base64", "hashlib", "hmac", "json", "re", "datetime", "cryptography"}


def test_directory_travels_as_json():
    """It is given what any program can be given."""
    case = GOOD[0]
    assert json.loads(json.dumps(case.directory)) == case.directory
