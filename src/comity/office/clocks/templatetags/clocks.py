"""Clocks in templates: one look into the database for a whole list or thread."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from comity.office import runtime
from comity.office.clocks.models import RequestClock
from comity.office.clocks.showing import nearest, of_thread

register = template.Library()


@register.simple_tag
def nearest_clocks(lines: Iterable[Any]) -> dict[str, RequestClock]:
    """Return the clock of each line of a list that ends first, by thread."""
    return nearest(line.thread_id for line in lines)


@register.simple_tag
def thread_clocks(thread: Any) -> dict[str, list[RequestClock]]:
    """Return the clocks of a thread by message."""
    return of_thread(thread.thread_id)


@register.filter
def of(found: Mapping[str, Any], key: str) -> Any:
    """Return what stands under `key`, None when there is nothing."""
    return found.get(key)


@register.filter
def clock_state(clock: RequestClock) -> str:
    """Return how far a clock has run, as a code of `ClockState`."""
    return str(clock.state(runtime.clock().now()))
