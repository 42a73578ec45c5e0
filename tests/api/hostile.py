"""Bodies that break readers that are not careful, and how a careful one answers."""

BODIES = {
    "empty": b"",
    "no object": b"[]",
    "null": b"null",
    "cut": b'{"purpose": "border_control", "query": {',
    "not UTF-8": b'{"purpose": "\xff\xfe"}',
    "half a character": b'{"purpose": "\\ud800", "text": "\\ud800", "recipient": "FR", "reason": "\\ud800"}',
    "beyond 64 bit": b'{"base_version": 340282366920938463463374607431768211456, "purpose": 18446744073709551616}',
    "beyond a float": b'{"purpose": 1e999, "base_version": -1e999, "state": 1e999}',
    "a long number": b'{"purpose": ' + b"9" * 8000 + b"}",
    "deep list": b"[" * 7000 + b"]" * 7000,
    "deep object": b'{"content":' * 1200 + b"1" + b"}" * 1200,
    "deep content": b'{"content": {"names": ' + b"[" * 4000 + b"]" * 4000 + b"}}",
    "an odd name of a field": b'{"\\u0000\\u202e": 1}',
    "not a number": b'{"purpose": NaN}',
}


def assert_refused(response, operation):
    """Check that the answer is a refusal that `operation` declares, by status and by code."""
    assert 400 <= response.status_code < 500, (response.status_code, response.text[:300])
    declared = operation["responses"][str(response.status_code)]["description"]
    assert f"`{response.json()['error']['code']}`" in declared, response.text
