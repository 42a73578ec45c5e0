"""Every error code with its text and its remedy, by subject."""

from types import MappingProxyType
from typing import Final

from comity.kernel.error_codes import Texts
from comity.kernel.error_texts.desk import DESK
from comity.kernel.error_texts.given import GIVEN
from comity.kernel.error_texts.line import LINE
from comity.kernel.error_texts.members import MEMBERS
from comity.kernel.error_texts.nodes import NODES

CODE_TEXTS: Final[Texts] = MappingProxyType({**GIVEN, **MEMBERS, **LINE, **DESK, **NODES})
"""What was wrong, and what to do about it."""
