"""Template tags: words for codes, instants that cannot be misread, icons, addresses of static files."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, Final

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.dates import MONTHS_3
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comity.kernel.codes import country_name
from comity.kernel.errors import ComityError
from comity.office import runtime
from comity.office.pages.error_words import message_of, remedy_of, texts_of_code
from comity.office.pages.words import VOCABULARIES, word

register = template.Library()

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@register.filter(name="word")
def word_of(code: object, vocabulary: str) -> str:
    """Return the words for `code` out of one of `words.VOCABULARIES`."""
    return word(VOCABULARIES[vocabulary], code)


@register.filter
def what(error: ComityError) -> str:
    """Return what was wrong, in the reader's language."""
    return message_of(error)


@register.filter
def remedy(error: ComityError) -> str:
    """Return what to do about an error, in the reader's language."""
    return remedy_of(error)


@register.filter
def translated(error: Mapping[str, str]) -> Mapping[str, str]:
    """Return an error's public form with its texts in the reader's language, where there are any."""
    texts = texts_of_code(str(error["code"]))
    return error if texts is None else {**error, "message": texts[0], "remedy": texts[1]}


@register.filter
def country(code: str) -> str:
    """Return the name of a country by its three letters."""
    return country_name(code)


@register.filter
def short(text: str, length: int = 8) -> str:
    """Return the last signs of an id: enough to tell two apart over the telephone."""
    return text[-length:]


@register.filter
def fingerprint(text: str) -> str:
    """Return the beginning of a digest in groups of four, as people compare it."""
    head = text[:16]
    return " ".join(head[i : i + 4] for i in range(0, len(head), 4))


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return one sign of the sprite; decoration only, words stand beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        asset("img/icons.svg"),
        name,
    )


@register.simple_tag
def asset(path: str) -> str:
    """Return the address of a static file, with a mark that changes when the file does."""
    return f"{static(path)}?v={_mark(path)}"


@cache
def _mark(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        raise template.TemplateSyntaxError(path)
    with open(found, "rb") as file:  # noqa: PTH123 - finders give text
        return sha256(file.read()).hexdigest()[:10]


@register.filter
def day(value: date | None) -> str:
    """Return a day with its month spelled out, so that day and month cannot be exchanged."""
    return f"{value.day} {MONTHS_3[value.month].capitalize()} {value.year}" if value else ""


@register.filter
def instant(value: datetime | None) -> str:
    """Return a `<time>` with day and UTC clock."""
    if value is None:
        return ""
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}"><bdi>{}, {} UTC</bdi></time>',
        utc.isoformat(timespec="seconds"),
        day(utc),
        utc.strftime("%H:%M"),
    )


@register.filter
def ago(value: datetime | None) -> str:
    """Return a `<time>` that says how long ago; the instant itself is its title."""
    if value is None:
        return ""
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} {} UTC" data-ago>{}</time>',
        utc.isoformat(timespec="seconds"),
        day(utc),
        utc.strftime("%H:%M"),
        since(runtime.clock().now() - value),
    )


@register.filter
def seconds(value: int | None) -> str:
    """Return a number of seconds as a span in words."""
    return "" if value is None else span(timedelta(seconds=value))


def span(length: timedelta) -> str:
    """Return a span in its one largest unit; under a minute in seconds."""
    total = max(int(length.total_seconds()), 0)
    if total < MINUTE:
        return ngettext("%(n)d second", "%(n)d seconds", total) % {"n": total}
    if total < HOUR:
        return ngettext("%(n)d minute", "%(n)d minutes", total // MINUTE) % {"n": total // MINUTE}
    if total < 2 * DAY:
        return ngettext("%(n)d hour", "%(n)d hours", total // HOUR) % {"n": total // HOUR}
    return ngettext("%(n)d day", "%(n)d days", total // DAY) % {"n": total // DAY}


def since(length: timedelta) -> str:
    """Return how long ago something was."""
    if length.total_seconds() < MINUTE:
        return _("just now")
    return _("%(span)s ago") % {"span": span(length)}


@register.inclusion_tag("parts/clock.html")
def clock(due: datetime | None) -> Mapping[str, Any]:
    """Show how long is left until `due`, or how long it has been overdue."""
    if due is None:
        return {"due": None}
    left = due - runtime.clock().now()
    late = left.total_seconds() < 0
    return {"due": due, "late": late, "span": span(-left if late else left)}


@register.inclusion_tag("parts/bureau.html")
def bureau(code: str, names: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """Show a bureau: its code and, where known, the country's name."""
    return {"code": code, "name": (names or {}).get(code, "")}
