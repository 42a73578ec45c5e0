"""What the tour measured, in the words and the order in which it is printed."""

from typing import Any

import msgspec


class DeletionReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One copy's signed word that the withdrawn record is gone."""

    copy: str
    confirmed_at: str
    signature_verified: bool


class Report(msgspec.Struct, kw_only=True):
    """One field per promise: true or false, or milliseconds; None where the step did not come to an end."""

    world_up_s: float | None = None
    document_hit: bool | None = None
    listed_person_found_by_alias: bool | None = None
    arabic_spelling_found: bool | None = None
    restricted_record_invisible_to_denied_country: bool | None = None
    no_record_complete: bool | None = None
    dead_source_marked_incomplete: bool | None = None
    alarm_searcher_ms: int | None = None
    alarm_owner_ms: int | None = None
    message_delivered_ms: int | None = None
    receipt_verified: bool | None = None
    relay_holds_no_plaintext: bool | None = None
    post_answers_offline: bool | None = None
    withdrawn_gone_ms: int | None = None
    deletion_receipts: list[DeletionReceipt] | None = None
    search_without_purpose_refused: bool | None = None
    details: dict[str, Any] = {}
    """What stands behind the values: numbers of records, names of copies, reasons of failures."""

    def held(self, copies: int) -> bool:
        """Tell whether every step came to its end and every promise held; `copies` must have confirmed."""
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name != "details"}
        receipts = self.deletion_receipts or []
        proven = len({receipt.copy for receipt in receipts}) == copies
        return (
            all(value is not None and value is not False for value in values.values())
            and proven
            and all(receipt.signature_verified for receipt in receipts)
        )
