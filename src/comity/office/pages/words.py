"""Words for codes, in the reader's language. Wire values never reach a screen without passing here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from comity.office.pages.approval_words import APPROVAL_KINDS, APPROVAL_STATES, GROUNDS, PARTS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Words = Mapping[str, "StrOrPromise"]

STATES: Final[Words] = {
    "HIT": _("HIT"),
    "POSSIBLE": _("POSSIBLE"),
    "NO_RECORD": _("NO RECORD"),
    "INCOMPLETE": _("INCOMPLETE"),
}
PURPOSES: Final[Words] = {
    "border_control": _("Border control"),
    "wanted_persons": _("Search for wanted persons"),
    "identification": _("Identification"),
    "investigation": _("Criminal investigation"),
    "alert": _("Warning of a danger"),
    "missing_or_dead": _("Missing persons and unidentified bodies"),
    "forensics": _("Forensics"),
    "security_check": _("Security check"),
    "threat_analysis": _("Analysis of threats"),
}
NOTIFY: Final[Words] = {
    "at_once": _("at once"),
    "after_confirmation": _("after our desk has confirmed"),
    "never": _("never"),
}
COLLECTIONS: Final[Words] = {
    "persons": _("Persons"),
    "travel_documents": _("Travel documents"),
    "vehicles": _("Vehicles"),
}
KINDS: Final[Words] = {
    "auto": _("By itself"),
    "text": _("By itself"),
    "mrz": _("Machine-readable zone"),
    "document": _("Document number"),
    "plate": _("Plate"),
    "vin": _("Vehicle number (VIN)"),
    "engine": _("Engine number"),
    "vehicle": _("Description of a vehicle"),
    "person": _("Name"),
}
LABELS: Final[Words] = {
    "official": _("Official"),
    "restricted": _("Restricted"),
    "confidential": _("Confidential"),
}
PERSON_STATUSES: Final[Words] = {
    "convicted": _("Convicted"),
    "charged": _("Charged"),
    "suspect": _("Suspect"),
    "witness": _("Witness"),
    "victim": _("Victim"),
    "missing": _("Missing"),
    "unidentified": _("Unidentified"),
    "deceased": _("Deceased"),
    "possible_threat": _("Possible threat"),
    "sanctioned": _("Sanctioned"),
}
SEXES: Final[Words] = {"F": _("Female"), "M": _("Male"), "X": _("Unspecified")}
DOCUMENT_KINDS: Final[Words] = {
    "passport": _("Passport"),
    "identity_card": _("Identity card"),
    "visa": _("Visa"),
    "residence_permit": _("Residence permit"),
    "refugee_document": _("Refugee travel document"),
    "other": _("Other document"),
}
LOSSES: Final[Words] = {
    "stolen": _("Stolen"),
    "lost": _("Lost"),
    "stolen_blank": _("Stolen blank"),
    "revoked": _("Revoked"),
    "invalid": _("Invalid"),
}
CAUTIONS: Final[Words] = {
    "armed": _("Armed"),
    "violent": _("Violent"),
    "suicidal": _("Suicidal"),
    "contagious": _("Contagious"),
    "escape_risk": _("May try to escape"),
}
NAME_KINDS: Final[Words] = {
    "primary": _("name"),
    "alias": _("alias"),
    "birth": _("name at birth"),
    "transliteration": _("other spelling"),
}
FAILURES: Final[Words] = {
    "timeout": _("no answer in time"),
    "unreachable": _("cannot be reached"),
    "refused": _("refused the question"),
    "garbled": _("the answer could not be read"),
    "too_old": _("the copy is too old to answer"),
    "not_ready": _("not ready yet"),
}
SOURCE_KINDS: Final[Words] = {"copy": _("local copy"), "live": _("asked live")}
HIT_STATES: Final[Words] = {
    "open": _("Open"),
    "confirmed": _("Confirmed"),
    "refuted": _("Refuted"),
    "obsolete": _("Obsolete"),
}
OUTCOMES: Final[Words] = {
    "located": _("Located"),
    "arrested": _("Arrested"),
    "object_seized": _("Object seized"),
    "let_go": _("Let go"),
    "no_action": _("No action"),
}
PRIORITIES: Final[Words] = {"flash": _("Flash"), "urgent": _("Urgent"), "normal": _("Normal")}
MESSAGE_STATES: Final[Words] = {
    "queued": _("Queued"),
    "relayed": _("Relayed"),
    "delivered": _("Delivered"),
    "read": _("Read"),
    "answered": _("Answered"),
    "recalled": _("Recalled"),
    "corrected": _("Corrected"),
    "expired": _("Expired undelivered"),
    "received": _("Received"),
}
FORMS: Final[Words] = {
    "free_text": _("Message"),
    "hit_alarm": _("Hit alarm"),
    "hit_answer": _("Answer to a hit"),
    "receipt": _("Receipt"),
    "resend": _("Sent again"),
    "recall": _("Recall"),
    "correction": _("Correction"),
    "disclosure": _("Disclosed message"),
}
REGIONS: Final[Words] = {
    "africa": _("Africa"),
    "americas": _("Americas"),
    "asia_pacific": _("Asia and Pacific"),
    "europe": _("Europe"),
    "middle_east_north_africa": _("Middle East and North Africa"),
}
NOT_REACHED: Final[Words] = {
    "suspended": pgettext_lazy("reach", "suspended"),
    "removed": pgettext_lazy("reach", "no longer a member"),
    "unknown": pgettext_lazy("reach", "not a member"),
    "own": pgettext_lazy("reach", "our own bureau"),
    "secretariat": pgettext_lazy("reach", "only when chosen by itself"),
}
UNIT_KINDS: Final[Words] = {
    "sub_bureau": _("Sub-bureau"),
    "authority": _("National authority"),
}
RECORD_STATES: Final[Words] = {
    "pending": _("Waiting for the secretariat"),
    "in_force": _("In force"),
    "refused": pgettext_lazy("record", "Refused"),
    "withdrawing": _("Being withdrawn"),
    "withdrawn": _("Withdrawn"),
}
OPERATIONS: Final[Words] = {
    "put": _("Entered or changed"),
    "withdraw": _("Withdrawn"),
    "expired": _("Expired"),
}
ROLES: Final[Words] = {
    "officer": _("Officer"),
    "operator": _("Desk operator"),
    "approver": _("Approver"),
    "data_owner": _("Data owner"),
    "supervisor": _("Supervisor"),
    "administrator": _("Administrator"),
}
NODE_ROLES: Final[Words] = {
    "secretariat": _("Secretariat"),
    "bureau": _("Bureau"),
    "post": _("Post"),
}
STANDINGS: Final[Words] = {
    "active": _("Active"),
    "suspended": _("Suspended"),
    "removed": _("Removed"),
}
FIELDS: Final[Words] = {
    "name": _("Name"),
    "names": _("Names"),
    "births": _("Date of birth"),
    "birth_dates": _("Dates of birth"),
    "birth_name": _("Name at birth"),
    "aliases": _("Other names"),
    "weak_aliases": _("Nicknames"),
    "birth_places": _("Place of birth"),
    "nationalities": _("Nationality"),
    "sex": _("Sex"),
    "documents": _("Documents"),
    "offences": _("Offences"),
    "cautions": _("Cautions"),
    "description": _("Description"),
    "remarks": _("Remarks"),
    "number": _("Number"),
    "country": _("Issued by"),
    "type": _("Kind of document"),
    "loss": _("Why it is listed"),
    "event_date": _("Since"),
    "place": _("Place"),
    "national_reference": _("National reference"),
    "vin": _("Vehicle number (VIN)"),
    "plate": _("Plate"),
    "plate_country": _("Registered in"),
    "make": _("Make"),
    "model": _("Model"),
    "kind": _("Kind of vehicle"),
    "colour": _("Colour"),
    "year": _("Year"),
    "engine_number": _("Engine number"),
    "theft_date": _("Stolen on"),
    "theft_place": _("Stolen at"),
    "owner_reference": _("Your reference"),
    "purpose": _("Purpose"),
    "legal_basis": _("Legal basis"),
    "status": _("Status in the case"),
    "label": _("Handling label"),
    "expires_at": _("Delete on"),
    "restrictions": _("Restrictions"),
    "restrictions.allow": _("Only these countries"),
    "restrictions.deny": _("All but these countries"),
}
REASONS: Final[Words] = {
    "number.equal": _("same document number"),
    "number.look_alike": _("same document number but for characters that look alike"),
    "number.near": _("one character of the document number differs; the check digit fits the listed number"),
    "country.different": _("another issuing country"),
    "type.different": _("another kind of document"),
    "plate.equal": _("same plate; characters that look alike count as one"),
    "vin.equal": _("same vehicle number"),
    "vin.tail_equal": _("last eight characters of the vehicle number agree"),
    "engine.equal": _("same engine number; characters that look alike count as one"),
    "make.equal": _("same make"),
    "make.near": _("a related make"),
    "model.equal": _("same model"),
    "model.near": _("a related model"),
    "colour.equal": _("same colour"),
    "colour.near": _("a colour easily taken for it"),
    "kind.equal": _("same kind of vehicle"),
    "kind.near": _("a related kind of vehicle"),
    "year.equal": _("same year"),
    "year.near": _("one year off"),
    "country.equal": _("registered in the same country"),
    "description.not_listed": _("the record does not say this"),
    "name.exact": _("the same name"),
    "name.equivalent": _("another form of the same given name"),
    "name.truncated": _("cut off where the line of the document ended"),
    "name.patronymic": _("a father's name stands on one side only"),
    "sex.equal": _("same sex"),
    "nationality.different": _("another nationality"),
    "birth_place.equal": _("same place of birth"),
    "birth_place.alike": _("place of birth spelt alike"),
    "birth_place.different": _("another place of birth"),
    "birth.digits_exchanged": _("two digits of the date of birth exchanged"),
    "birth.months_apart": _("dates of birth less than a year apart"),
    "birth.decades": _("dates of birth ten years or more apart"),
    "name.order": _("the same words in another order"),
    "name.alias": _("listed as an alias"),
    "name.weak_alias": _("listed as a nickname"),
    "name.transliterated": _("written in another script"),
    "name.spelling": _("other spelling of a part of the name"),
    "name.consonants": _("same consonants, other vowels"),
    "name.joined": _("parts of the name written together or apart"),
    "name.within": _("a short form, or one part of a longer word"),
    "name.initial": _("an initial for a part of the name"),
    "name.part_not_listed": _("a part of the asked name is not in the listed name"),
    "name.part_not_asked": _("a part of the listed name is not in the asked name"),
    "nationality.equal": _("same nationality"),
    "sex.different": _("other sex"),
    "birth.equal": _("same date of birth"),
    "birth.month_equal": _("same year and month of birth"),
    "birth.year_only": _("same year of birth, the day is not known"),
    "birth.within": _("the dates of birth are compatible"),
    "birth.swapped": _("day and month of birth exchanged"),
    "birth.one_digit": _("one digit of the date of birth differs"),
    "birth.near": _("dates of birth a few days apart"),
    "birth.year_near": _("years of birth one or two apart"),
    "birth.different": _("different date of birth"),
    "birth.unknown": _("no date of birth to compare"),
}
"""By the codes of `protocol.search.Reason`; one that is not here is shown in the source's own English."""
WARNINGS: Final[Words] = {
    "input.wrong_check_digit": _("A check digit of the machine-readable zone does not agree."),
    "input.unknown_country": _("The issuing state is not known."),
    "input.impossible_date": _("The date of birth cannot exist."),
    "mrz.malformed": _("The zone holds characters or values that cannot stand there."),
    "mrz.name_truncated": _("The name fills its field and may go on."),
    "mrz.near_numbers": _("Numbers that differ in one character and fit the check digit are searched too."),
    "mrz.no_number": _("The zone holds no document number."),
    "mrz.no_name": _("The zone holds no name that can be searched."),
    "vin.check_digit": _("The check digit of the vehicle number does not agree."),
    "answer.cut": _("More records are possible than can be shown; the best are shown."),
}
TO_DO: Final[Mapping[str, "tuple[StrOrPromise, ...]"]] = {
    "persons": (
        _("Keep calm and keep a distance; call for support when a caution is shown."),
        _("Compare the person with the identity shown here, field by field."),
        _("Call your desk. It confirms with the owner before anything else is done."),
    ),
    "travel_documents": (
        _("Keep the document. Do not hand it back."),
        _("Compare number and issuing country with the document, sign by sign."),
        _("Ask the bearer how he came by it, and call your desk."),
    ),
    "vehicles": (
        _("Compare plate and vehicle number with those stamped on the vehicle."),
        _("Keep the vehicle where it stands as far as your law allows."),
        _("Call your desk. It confirms with the owner before anything else is done."),
    ),
}
"""What an officer does on a hit, in order, for each collection."""


def word(words: Words, code: object) -> str:
    """Return the words for `code`; a code that is not known is shown as it is, so that nothing is hidden."""
    return str(words.get(str(code), code))


ATTACHMENT_STATES: Final[Words] = {
    "uploading": _("being attached"),
    "stored": _("attached"),
    "waiting": _("waiting"),
    "sending": _("being sent"),
    "sent": _("at the relay"),
    "fetching": _("being fetched"),
    "ready": _("here, compared"),
    "failed": _("failed"),
}
MEDIA_TYPES: Final[Words] = {
    "": _("not known yet"),
    "application/pdf": _("PDF document"),
    "image/png": _("Picture (PNG)"),
    "image/jpeg": _("Picture (JPEG)"),
    "image/gif": _("Picture (GIF)"),
    "image/webp": _("Picture (WebP)"),
    "image/bmp": _("Picture (BMP)"),
    "image/tiff": _("Picture (TIFF)"),
    "text/plain": _("Text"),
    "text/x-script": _("Program (script)"),
    "application/zip": _("Archive (ZIP)"),
    "video/mp4": _("Film (MP4)"),
    "application/octet-stream": _("Unknown type"),
    "application/vnd.microsoft.portable-executable": _("Program (Windows)"),
    "application/x-elf": _("Program (Linux)"),
}
"""Types that desks meet most; others are shown by their name."""
VOCABULARIES: Final[Mapping[str, Words]] = {
    "state": STATES,
    "purpose": PURPOSES,
    "notify": NOTIFY,
    "collection": COLLECTIONS,
    "kind": KINDS,
    "label": LABELS,
    "person_status": PERSON_STATUSES,
    "sex": SEXES,
    "document": DOCUMENT_KINDS,
    "loss": LOSSES,
    "caution": CAUTIONS,
    "name_kind": NAME_KINDS,
    "failure": FAILURES,
    "source": SOURCE_KINDS,
    "hit": HIT_STATES,
    "outcome": OUTCOMES,
    "priority": PRIORITIES,
    "message": MESSAGE_STATES,
    "form": FORMS,
    "attachment": ATTACHMENT_STATES,
    "media": MEDIA_TYPES,
    "approval_kind": APPROVAL_KINDS,
    "approval": APPROVAL_STATES,
    "part": PARTS,
    "ground": GROUNDS,
    "region": REGIONS,
    "unit": UNIT_KINDS,
    "record": RECORD_STATES,
    "operation": OPERATIONS,
    "role": ROLES,
    "node_role": NODE_ROLES,
    "standing": STANDINGS,
    "field": FIELDS,
    "reason": REASONS,
    "warning": WARNINGS,
}
"""By the name that templates use: `{{ hit.state|word:"hit" }}`."""
