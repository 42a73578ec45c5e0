"""A search answer in words for a terminal: state first, then what was found and why."""

from typing import Final

import click

from comity.protocol.search import AlarmBasis, Candidate, SearchAnswer

COLOURS: Final = {"HIT": "red", "POSSIBLE": "yellow", "NO_RECORD": "green", "INCOMPLETE": "magenta"}
WORDS: Final = {
    "HIT": "A hit is a lead: confirm with the owner before acting.",
    "POSSIBLE": "Somebody or something like it is listed: compare.",
    "NO_RECORD": "Every source that was asked answered; none has it.",
    "INCOMPLETE": "A source did not answer: do not treat this as no record.",
}


def print_answer(answer: SearchAnswer) -> None:
    """Print an answer as an officer needs it."""
    state = str(answer.state)
    shown = state.replace("_", " ")
    click.echo(click.style(f" {shown} ", fg=COLOURS[state], bold=True, reverse=True) + "  " + WORDS[state])
    if answer.state != answer.finding:
        click.echo(f"  the sources that answered found: {str(answer.finding).replace('_', ' ')}")
    for asked in answer.asked:
        click.echo(f"  asked as {asked.kind}: {asked.shown}")
    for warning in answer.warnings:
        click.secho(f"  {warning.code} [{warning.field}]: {warning.message}", fg="yellow")
    for candidate in answer.candidates:
        _print_candidate(candidate)
    for source in answer.sources:
        what = (
            f"version {source.version}, {source.age_s} s old"
            if source.answered
            else f"DID NOT ANSWER ({source.reason})"
        )
        click.echo(f"  source {source.name} ({source.kind}): {what}, {source.took_ms} ms")
        if source.alarm is not None:
            click.echo(f"    names from {source.alarm.threshold / 10:.0f} % on, {_basis(source.alarm)}")


def _basis(alarm: AlarmBasis) -> str:
    if alarm.overridden:
        return "as the bureau has set it"
    measured = (
        f"measured on {alarm.population} people" if alarm.calibrated else "as shipped, not measured here"
    )
    return f"{alarm.rate} false alarms, {measured}"


def _print_candidate(candidate: Candidate) -> None:
    click.secho(
        f"\n  {candidate.strength} {candidate.score / 10:.0f} %  {candidate.collection}, "
        f"owner {candidate.owner}, {candidate.label}",
        bold=True,
    )
    for name, value in candidate.view.items():
        click.echo(f"    {name}: {_shown(value)}")
    for reason in candidate.reasons:
        click.echo(f"    because: {reason.message} ({reason.asked} / {reason.listed}, {reason.points:+d})")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    return str(value)
