"""One entrance for every kind of query."""

from datetime import datetime

from comity.index.guessing import plan_text
from comity.index.questions import (
    Plan,
    plan_description,
    plan_document,
    plan_engine,
    plan_person,
    plan_plate,
    plan_vin,
)
from comity.index.zones import plan_zone
from comity.protocol.search import (
    DocumentQuery,
    EngineQuery,
    MrzQuery,
    PersonQuery,
    PlateQuery,
    Query,
    TextQuery,
    VehicleQuery,
    VinQuery,
)


def plan_query(query: Query, at: datetime) -> Plan:
    """Return what `query` asks of the index. Raises `InputError` naming the field that is wrong.

    `at` gives the century of two-digit years.
    """
    if isinstance(query, DocumentQuery):
        return plan_document(query)
    plan = Plan()
    match query:
        case PlateQuery():
            plan_plate(query, plan)
        case VinQuery():
            plan_vin(query, plan)
        case EngineQuery():
            plan_engine(query, plan)
        case VehicleQuery():
            plan_description(query, plan)
        case PersonQuery():
            plan_person(query, plan)
        case MrzQuery():
            plan_zone(query, plan, at)
        case TextQuery():
            plan_text(query, plan, at)
    return plan
