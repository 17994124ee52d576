"""`eplus smm …`: what an administrator does from the command line."""

from pathlib import Path
from typing import Any

import click

from agent.domain.errors import CentralError, InputError

_DATABASE = click.option(
    "--database",
    envvar="EPLUS_SMM_DATABASE",
    default="sqlite:///smm.sqlite",
    show_default=True,
    metavar="URL",
    help="SQLAlchemy URL.",
)


class _Commands(click.Group):
    """Reports a database that does not answer, or a wrong URL, like any other error."""

    def invoke(self, context: click.Context) -> Any:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return super().invoke(context)
        except SQLAlchemyError as error:
            raise CentralError(type(error).__name__, code="smm-database") from None


@click.group(cls=_Commands)
def smm() -> None:
    """SMM ePlus, the central system."""


@smm.command()
@_DATABASE
@click.option("--sample", is_flag=True, help="Add the sample's users and meters; approve tablets as they enrol.")
@click.option("--admin", metavar="USERNAME", help="Create the first administrator; prompts for the password.")
def init(database: str, sample: bool, admin: str | None) -> None:
    """Create the database, and the first administrator."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.people.users import create_first_administrator
    from agent.smm.sample import init as make

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if admin else ""
    make(database, sample=sample)
    if admin:
        with Database(database).begin() as session:
            create_first_administrator(session, admin, password)
            audit.note(session, audit.COMMAND_LINE, "user-created", admin)
    click.echo("ready")


@smm.command()
@_DATABASE
def upkeep(database: str) -> None:
    """Create the partitions of the months to come, and delete what has expired. Run it once a day."""
    from agent.smm.database import Database, utc_now
    from agent.smm.service.upkeep import keep_up

    with Database(database).begin() as session:
        done = keep_up(session, utc_now())
    click.echo(f"months made: {', '.join(done.months) or 'none'}; rows deleted: {done.rows}")


@smm.command()
@_DATABASE
def migrate(database: str) -> None:
    """Bring the schema up to date."""
    from agent.smm.database import migrate as bring_up

    bring_up(database)
    click.echo("up to date")


@smm.command()
@_DATABASE
def restored(database: str) -> None:
    """Tell SMM that a backup was restored: tablets then offer again what they sent recently."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.restoring import mark_restored

    with Database(database).begin() as session:
        epoch = mark_restored(session)
        audit.note(session, audit.COMMAND_LINE, "restored", str(epoch))
    click.echo(f"epoch {epoch}: tablets will offer again what they sent recently; charges wait for a person")


@smm.command()
@_DATABASE
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8800, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), help="Number of server processes (gunicorn; not on Windows).")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def serve(database: str, host: str, port: int, workers: int | None, until_stdin_closes: bool) -> None:
    """Serve API and pages until Ctrl-C."""
    if workers is not None:
        from agent.smm.service.workers import serve as run_workers

        run_workers(database, host, port, workers)
        return
    from agent.smm.service.serve import serve as run

    def ready(taken: int) -> None:
        click.echo(f"listening on http://{host}:{taken}")

    run(database, host, port, ready, until_stdin_closes=until_stdin_closes)


@smm.command("import")
@_DATABASE
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only report what it would do, and what is wrong.")
@click.option("--tag", default="", help="Country or area of all these meters.")
def import_meters(database: str, file: Path, dry_run: bool, tag: str) -> None:
    """Import meters, PODs and keys from a CSV or Excel file: all of them, or none."""
    from agent.domain.words import plain
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.importing.reading import read_lines
    from agent.smm.importing.taking_in import take_in
    from agent.smm.keys import KeyBox

    lines = read_lines(file.read_bytes())
    with Database(database).begin() as session:
        outcome = take_in(session, KeyBox.for_database(database), lines, tag, dry_run=dry_run)
        if not dry_run and not outcome.faults:
            counts = {"added": outcome.added, "changed": outcome.changed}
            audit.note(session, audit.COMMAND_LINE, "meters-imported", file.name, tag, **counts)
    for fault in outcome.faults:
        click.echo(f"line {fault.line}: {plain(fault.error)}", err=True)
    if outcome.faults:
        raise InputError(code="import-faults", count=len(outcome.faults))
    click.echo(f"{outcome.added} new, {outcome.changed} changed{' (dry run: nothing was changed)' if dry_run else ''}")


@smm.group()
def user() -> None:
    """Users of SMM and of the tablets."""


@user.command("add")
@_DATABASE
@click.argument("username")
@click.option("--name", required=True)
@click.option("--group", required=True, help="e.g. “Mobile User Group”, Operator, Administrator")
@click.option("--tag", default="", help="Country or area; the user sees only what belongs to it.")
@click.option("--culture", default="es-CL", show_default=True)
@click.password_option()
def add_user(database: str, username: str, name: str, group: str, tag: str, culture: str, password: str) -> None:
    """Add a user; prompts for the password."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.people.users import NewUser, create

    with Database(database).begin() as session:
        create(session, NewUser(username, name, group, tag, culture, "", ""), password)
        audit.note(session, audit.COMMAND_LINE, "user-created", username, tag, group=group)


@user.command("list")
@_DATABASE
def list_users(database: str) -> None:
    """List users."""
    from agent.smm.database import Database
    from agent.smm.people.users import all_users

    with Database(database).begin() as session:
        for found in all_users(session):
            click.echo("\t".join((found.username, found.group, found.tag, "locked" if found.locked else "")))


@user.command("lock")
@_DATABASE
@click.argument("username")
@click.option("--unlock", is_flag=True)
def lock_user(database: str, username: str, unlock: bool) -> None:
    """Lock a user, or unlock one."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.people.users import get, lock

    with Database(database).begin() as session:
        lock(session, get(session, username), locked=not unlock)
        audit.note(session, audit.COMMAND_LINE, "user-unlocked" if unlock else "user-locked", username)


@user.command("reset")
@_DATABASE
@click.argument("username")
@click.password_option()
def reset_password(database: str, username: str, password: str) -> None:
    """Give a user a new password; prompts for it."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.people.users import get
    from agent.smm.people.users import reset_password as give

    with Database(database).begin() as session:
        give(session, get(session, username), password)
        audit.note(session, audit.COMMAND_LINE, "user-password", username)


@smm.group()
def key() -> None:
    """API keys of other systems that request work."""


@key.command("add")
@_DATABASE
@click.argument("name")
@click.option("--tag", default="", help="Country or area; the key can request work only there.")
def add_key(database: str, name: str, tag: str) -> None:
    """Create a key; it is shown only once."""
    from agent.smm import audit
    from agent.smm.database import Database, utc_now
    from agent.smm.people.access import new_key

    with Database(database).begin() as session:
        click.echo(new_key(session, name, tag, utc_now()))
        audit.note(session, audit.COMMAND_LINE, "key-created", name, tag)


@key.command("revoke")
@_DATABASE
@click.argument("name")
def revoke(database: str, name: str) -> None:
    """Revoke a key."""
    from agent.smm import audit
    from agent.smm.database import Database
    from agent.smm.people.access import revoke_key

    with Database(database).begin() as session:
        revoke_key(session, name)
        audit.note(session, audit.COMMAND_LINE, "key-revoked", name)
