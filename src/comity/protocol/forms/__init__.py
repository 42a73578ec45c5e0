"""Declared forms: what a message says in codes, so that it needs no translator (docs/forms.md)."""

from comity.protocol.forms.checking import check_form, is_plain
from comity.protocol.forms.declared import answers_to, declared, form_received, owner_of
from comity.protocol.forms.declaring import form_of, read_form, travelling
from comity.protocol.forms.shapes import LANGUAGES, Choice, Clock, Field, FieldKind, Form, FreeText, text_in
from comity.protocol.forms.showing import ShownField, shown
from comity.protocol.forms.values import Checked, check_values, require_values, script_of_name

__all__ = [
    "LANGUAGES",
    "Checked",
    "Choice",
    "Clock",
    "Field",
    "FieldKind",
    "Form",
    "FreeText",
    "ShownField",
    "answers_to",
    "check_form",
    "check_values",
    "declared",
    "form_of",
    "form_received",
    "is_plain",
    "owner_of",
    "read_form",
    "require_values",
    "script_of_name",
    "shown",
    "text_in",
    "travelling",
]
