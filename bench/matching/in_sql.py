"""The same hard constraints in PostgreSQL: an index for the box, the rest as a filter."""

from sqlalchemy import Connection, text

from bench.matching.one_bundle import Ready

_TABLE = """
CREATE UNLOGGED TABLE bench_search (
    position int PRIMARY KEY, latitude float8, longitude float8, x float8, y float8, z float8,
    chord float8, vague_chord float8,
    insurance bigint, age_group bigint, gender bigint, procedure bigint, language bigint,
    excluded int[]
)"""
_INSERT = """
INSERT INTO bench_search VALUES (:position, :latitude, :longitude, :x, :y, :z, :chord, :vague_chord,
    :insurance, :age_group, :gender, :procedure, :language, :excluded)"""
_FITTING = """
SELECT position FROM bench_search
WHERE latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east
  AND (x - :x) ^ 2 + (y - :y) ^ 2 + (z - :z) ^ 2
      <= CASE WHEN :vague THEN vague_chord ELSE chord END
  AND insurance & :insurance <> 0 AND age_group & :age_group <> 0 AND gender & :gender <> 0
  AND procedure & :procedure <> 0 AND language & :language <> 0
  AND NOT :therapist = ANY (excluded)"""
_TRAITS = ("insurance", "age_group", "gender", "procedure", "language")
_AXES = ("x", "y", "z")


def load(connection: Connection, ready: Ready) -> None:
    connection.execute(text("DROP TABLE IF EXISTS bench_search"))
    connection.execute(text(_TABLE))
    searches = ready.columns.searches
    rows = []
    for q, position in enumerate(searches.position.tolist()):
        place = ready.searches[position].patient.place
        begin, end = searches.excluded_from[q], searches.excluded_from[q + 1]
        rows.append(
            {
                "position": position,
                "latitude": place.latitude,
                "longitude": place.longitude,
                "chord": float(searches.chord[q, 0]),
                "vague_chord": float(searches.chord[q, 1]),
                "excluded": searches.excluded[begin:end].tolist(),
                **dict(zip(_AXES, searches.sphere[q].tolist(), strict=True)),
                **dict(zip(_TRAITS, searches.accepts[q].tolist(), strict=True)),
            }
        )
    connection.execute(text(_INSERT), rows)
    connection.execute(text("CREATE INDEX ON bench_search (latitude, longitude)"))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(
        text("VACUUM ANALYZE bench_search")
    )


def eligible(connection: Connection, ready: Ready, i: int) -> list[int]:
    """Positions, ascending."""
    therapists = ready.columns.therapists
    latitude, longitude = float(therapists.latitude[i]), float(therapists.longitude[i])
    tall = 50 / 1.3 / 111.0 + 0.01  # the farthest that anybody goes here
    found = connection.execute(
        text(_FITTING),
        {
            "south": latitude - tall,
            "north": latitude + tall,
            "west": longitude - 1.8 * tall,
            "east": longitude + 1.8 * tall,
            "vague": bool(therapists.vague[i]),
            "therapist": i,
            **dict(zip(_AXES, therapists.sphere[i].tolist(), strict=True)),
            **dict(zip(_TRAITS, therapists.shows[i].tolist(), strict=True)),
        },
    )
    return sorted(found.scalars())
