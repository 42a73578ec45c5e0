"""The settings of a new node from what `comity init` was told."""

from typing import Any, TextIO

from comity.kernel.codes import NodeRole, SourceKind
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.kernel.ids import SECRETARIAT, NodeId
from comity.node.invitations import decode_invitation
from comity.node.settings import (
    SECRETARIAT_COUNTRY,
    DatabaseSection,
    NodeSection,
    OfficeSection,
    PostSection,
    SearchSection,
    SecretariatSection,
    Settings,
    SourceSection,
    parse_settings,
)


def settings_from(told: dict[str, Any]) -> Settings:
    """Return the settings of the node that the options describe.

    Raises `ConfigurationError` naming the option or key: config.missing, config.odd_value; and
    `InputError` (invitation.invalid).
    """
    from msgspec import to_builtins

    node = _node(told, told.get("invitation"))
    sources = [SourceSection(name="copy", kind=SourceKind.COPY)]
    if told["live"]:
        sources.append(SourceSection(name="secretariat", kind=SourceKind.LIVE, url=told["live"]))
    settings = Settings(
        node=node,
        office=OfficeSection(host=told["host"], port=told["office_port"], public_url=told["office_url"]),
        search=SearchSection(host=told["host"], port=told["search_port"], public_url=told["search_url"]),
        database=DatabaseSection(url=told["database"]),
        secretariat=SecretariatSection(url=told["secretariat_url"] or _secretariat_url(told)),
        sources=sources,
        post=PostSection(bureau_url=_needed(told, "bureau_url")) if node.role is NodeRole.POST else None,
    )
    # Through the reader of the file: what init writes is exactly what every process accepts.
    return parse_settings({k: v for k, v in to_builtins(settings).items() if v is not None})


def _node(told: dict[str, Any], invitation_file: TextIO | None) -> NodeSection:
    if invitation_file is not None:
        told["decoded"] = invitation = decode_invitation(invitation_file.read())
        return NodeSection(
            id=invitation.node,
            role=invitation.role,
            country=invitation.country,
            name=invitation.name,
            network=invitation.network,
        )
    role = NodeRole(_needed(told, "role"))
    at_secretariat = role is NodeRole.SECRETARIAT
    return NodeSection(
        id=NodeId(told["node"] or (SECRETARIAT if at_secretariat else _needed(told, "node"))),
        role=role,
        country=told["country"] or (SECRETARIAT_COUNTRY if at_secretariat else _needed(told, "country")),
        name=_needed(told, "name"),
        network=_needed(told, "network"),
    )


def _secretariat_url(told: dict[str, Any]) -> str:
    return told["decoded"].secretariat_url if "decoded" in told else ""


def _needed(told: dict[str, Any], option: str) -> str:
    value = told.get(option)
    if not value:
        name = "--id" if option == "node" else "--" + option.replace("_", "-")
        raise ConfigurationError(
            ErrorCode.CONFIG_MISSING, field=name, remedy=f"Give {name}, or an invitation."
        )
    return str(value)
