"""What a schema consists of, as text that can be compared: the catalogue's own words.

The order of columns is left out: a column that was dropped and added again comes last.
"""

from sqlalchemy import Engine

_PARTS = """
SELECT format('column %%s.%%s %%s of %%s null=%%s identity=%%s default=%%s acl=%%s',
        c.relname, a.attname, format_type(a.atttypid, a.atttypmod), c.relkind,
        NOT a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid), a.attacl)
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = to_regnamespace(%(schema)s) AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('relation %%s %%s owner=%%s acl=%%s', c.relname, c.relkind,
        c.relowner::regrole, c.relacl)
    FROM pg_class c WHERE c.relnamespace = to_regnamespace(%(schema)s)
UNION ALL
SELECT format('constraint %%s %%s %%s', c.conrelid::regclass, c.conname,
        pg_get_constraintdef(c.oid))
    FROM pg_constraint c WHERE c.connamespace = to_regnamespace(%(schema)s)
UNION ALL
SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = to_regnamespace(%(schema)s)
UNION ALL
SELECT pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = to_regnamespace(%(schema)s) AND NOT t.tgisinternal
UNION ALL
SELECT format('%%s owner=%%s acl=%%s', pg_get_functiondef(p.oid), p.proowner::regrole, p.proacl)
    FROM pg_proc p WHERE p.pronamespace = to_regnamespace(%(schema)s) AND p.prokind IN ('f', 'p')
UNION ALL
SELECT format('type %%s', t.typname)
    FROM pg_type t WHERE t.typnamespace = to_regnamespace(%(schema)s)
"""


def catalogue(engine: Engine, schema: str) -> list[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(_PARTS, {"schema": schema}).scalars()
        return sorted(str(row) for row in rows)
