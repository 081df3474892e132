"""Rows of the stream, written as the worker's role."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

_NEWS = text("""
    INSERT INTO stream_event (event_id, type, kind, subject_id, ids, status, at)
    SELECT gen_random_uuid(), 'bundle.sent', 'bundle', n, jsonb_build_object('bundle_id', n),
           'sending', clock_timestamp()
    FROM generate_series(:first, CAST(:last AS bigint)) AS n
""")
_LONG_NEWS = text("""
    INSERT INTO stream_event (event_id, type, kind, subject_id, ids, at)
    SELECT gen_random_uuid(), 'bundle.sent', 'bundle', n, jsonb_build_object('search_ids', ids),
           clock_timestamp()
    FROM generate_series(1, 100) AS n, (
        SELECT jsonb_agg(id) AS ids FROM generate_series(1000, 1250) AS id
    ) AS many
""")


@dataclass
class Teller:
    app: Engine
    owner: Engine

    def tell(self, subject: int = 1) -> None:
        """One piece of news, in a transaction of its own."""
        with self.app.begin() as connection:
            tell(connection, subject, subject)

    def tell_many(self, how_many: int) -> None:
        """In one transaction, with the subjects 1, 2, 3 …"""
        with self.app.begin() as connection:
            tell(connection, 1, how_many)

    def tell_at_length(self, how_many: int) -> None:
        """Each of more than a kilobyte."""
        for _batch in range(how_many // 100):
            with self.app.begin() as connection:
                connection.execute(_LONG_NEWS)

    def numbers(self) -> list[int]:
        with self.app.connect() as connection:
            return list(connection.scalars(text("SELECT id FROM stream_event ORDER BY id")))

    def head(self) -> int:
        with self.app.connect() as connection:
            found: int = connection.scalar(text("SELECT id FROM stream_head"))
        return found

    def age(self, up_to: int, hours: int) -> None:
        """As if it had been told so many hours ago."""
        aging = text(
            "UPDATE stream_event SET told_at = told_at - make_interval(hours => :hours)"
            " WHERE id <= :up_to"
        )
        with self.owner.begin() as connection:
            connection.execute(aging, {"hours": hours, "up_to": up_to})


def tell(connection: Connection, first: int, last: int) -> None:
    connection.execute(_NEWS, {"first": first, "last": last})
