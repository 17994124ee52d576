"""Monthly partitions of the load profile rows on PostgreSQL. Rows of other months are in `profile_rows_other`."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

MONTHS_BACK, MONTHS_AHEAD = 14, 14


def create_months(connection: Connection, now: datetime) -> list[str]:
    """Creates the missing partitions from 14 months back to 14 months ahead, and returns their names.

    Rows of such a month that are in already move to its partition in the same transaction.
    """
    this_month = now.year * 12 + now.month - 1
    wanted = [_name(month) for month in range(this_month - MONTHS_BACK, this_month + MONTHS_AHEAD + 1)]
    there = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relname LIKE 'profile_rows_2%'")))
    made = [name for name in wanted if name not in there]
    for name in made:
        _create(connection, name)
    return made


def _create(connection: Connection, name: str) -> None:
    """Created as a table of its own and attached at the end, so that writers do not wait."""
    month = int(name[-6:-2]) * 12 + int(name[-2:]) - 1
    bounds = {"first": _begin(month), "next": _begin(month + 1)}
    connection.execute(text(f"CREATE TABLE {name} (LIKE profile_rows INCLUDING ALL)"))
    connection.execute(
        text(
            "WITH moved AS (DELETE FROM profile_rows_other WHERE captured_at >= :first AND captured_at < :next"
            f" RETURNING *) INSERT INTO {name} SELECT * FROM moved"
        ),
        bounds,
    )
    first, after = (moment.isoformat() for moment in bounds.values())
    connection.execute(
        text(f"ALTER TABLE profile_rows ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')")
    )


def _begin(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _name(month: int) -> str:
    return f"profile_rows_{month // 12:04}{month % 12 + 1:02}"
