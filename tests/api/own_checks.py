"""Checks of ours beside schemathesis' own; it loads this file by the variable SCHEMATHESIS_HOOKS."""

import schemathesis

FORM = {
    "input.not_json",
    "input.unknown_field",
    "input.wrong_type",
    "input.not_a_choice",
    "input.too_long",
}
"""Refusals that a JSON Schema can foresee. A missing field is none: blank text counts as left out."""


@schemathesis.check
def code_is_declared(ctx, response, case):
    """Every refusal has the one form, and its code stands with its status in the description."""
    if response.status_code < 400:
        return
    error = response.json()["error"]
    assert set(error) == {"code", "message", "field", "remedy", "retry"}
    if response.status_code == 405:
        # A method that an address does not have has no description either.
        assert error["code"] == "http.method_not_allowed"
        assert response.headers.get("allow")
        return
    described = case.operation.definition.raw["responses"][str(response.status_code)]["description"]
    assert f"`{error['code']}`" in described, f"{error['code']} is not declared with {response.status_code}"


@schemathesis.check
def form_is_described(ctx, response, case):
    """What fits the schema is never refused for its form."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    error = response.json()["error"]
    if error["code"] not in FORM or _has_whole_float(case.body):
        return
    if case.method.upper() == "PUT" and (error["field"] or "").startswith("content"):
        return  # which collection's fields are right depends on the record that is changed
    raise AssertionError(f"{error['code']} at {error['field']}, of which the schema says nothing")


def _has_whole_float(value):
    """1.0 is a whole number to JSON Schema; records hold no floats at all (canonical form)."""
    if isinstance(value, dict):
        return any(map(_has_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_whole_float, value))
    return isinstance(value, float)
