"""`comity verify`: check a signed paper offline."""

from pathlib import Path

import click
import msgspec

from comity.cli.failures import Command
from comity.cli.options import HOME_VARIABLE, examples, json_option
from comity.cli.output import print_json, print_pairs


@click.group()
def verify() -> None:
    """Check signed papers without any line to another node."""


@verify.command(
    cls=Command,
    epilog=examples(
        "comity message receipt --home si --as operator MESSAGE_ID --out paper.json",
        "comity verify receipt paper.json",
        "comity verify receipt paper.json --secretariat-key 3f0c…",
        "comity verify receipt --home si delivered.json",
    ),
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=HOME_VARIABLE,
    show_envvar=True,
    help="A node whose secretariat and directory count; a bundle can do without.",
)
@click.option(
    "--secretariat-key",
    default="",
    metavar="ID",
    help="Key id of the secretariat as you know it; `comity key list` shows it.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def receipt(home: Path | None, secretariat_key: str, file: Path, as_json: bool) -> None:
    """Check the receipt in FILE: of a message, or of a deletion, against its signer's public keys.

    A bundle holds all that is needed and is checked on any machine, without a node and without a line. A
    receipt alone is checked with the directory of the node in --home. Exit code 0: it holds. 1: it does
    not, and the code says which part.
    """
    from comity.cli.verification import verify_file

    found = verify_file(file, home, secretariat_key)
    if as_json:
        print_json(found)
        return
    click.secho("The signatures hold.", fg="green")
    click.echo(found.sentence())
    facts = msgspec.structs.asdict(found)
    print_pairs(
        (name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
        for name, value in facts.items()
        if value not in ("", None, []) and name != "secretariat_key_known"
    )
    if found.secretariat_key_known is False:
        click.echo(
            "Compare the secretariat key with the one you know: the paper vouches for everything but that."
        )


@verify.command(
    cls=Command,
    epilog=examples(
        "comity message export --home si --as operator --purpose investigation --out t.zip THREAD_ID",
        "comity verify bundle t.zip",
        "comity verify bundle t.zip --secretariat-key 3f0c…",
    ),
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="A node whose secretariat counts; without it the bundle is checked by itself.",
)
@click.option("--secretariat-key", default="", metavar="ID", help="Key id of the secretariat as you know it.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def bundle(home: Path | None, secretariat_key: str, file: Path, as_json: bool) -> None:
    """Check the bundle of a thread in FILE: every digest, signature and receipt in it.

    It needs no node and no line. Exit code 0: it holds. 1: it does not, and the code says which part.
    """
    from comity.cli.bundles import verify_bundle_file

    found = verify_bundle_file(file, home, secretariat_key)
    if as_json:
        print_json(found)
        return
    click.secho("Every digest and signature holds.", fg="green")
    click.echo(found.sentence())
    facts = msgspec.structs.asdict(found)
    print_pairs((name.replace("_", " "), value) for name, value in facts.items() if value not in ("", None))
    if not found.secretariat_key_known:
        click.echo("Compare the secretariat key with the one you know: the bundle vouches for the rest.")
