"""A database's structure as lines of text, one for each thing that PostgreSQL's catalogue knows, fit to be compared.

Left out: the migrations' own history and the monthly partitions, which come and go; a partitioned index is valid only
while every partition has its part, so a month that lacks one still shows.
"""

from playhouse.pool import PooledPostgresqlDatabase

from hub.store.migrate import HISTORY

# Every statement gives lines; `mine` is what counts: tables, views, sequences and indexes of this program.
MINE = f"""
WITH mine AS (
    SELECT c.* FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
    AND c.relname NOT LIKE '{HISTORY}%'
)
"""

LINES = (
    """
SELECT format('%s %s%s%s', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
    WHEN 'S' THEN 'sequence' ELSE 'relation ' || relkind::text END, relname,
    coalesce(' partitioned by ' || pg_get_partkeydef(oid), ''), coalesce(' with ' || reloptions::text, ''))
FROM mine WHERE relkind NOT IN ('i', 'I')
""",
    """
SELECT format('table %s column %s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
    CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text
        WHEN a.attgenerated <> '' THEN ' generated ' || a.attgenerated::text ELSE '' END,
    CASE WHEN a.attcollation IN (0, t.typcollation) THEN '' ELSE ' collate ' || a.attcollation::regcollation::text END)
FROM mine AS c JOIN pg_attribute AS a ON a.attrelid = c.oid JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
""",
    """
SELECT format('table %s constraint %s %s', c.relname, n.conname, pg_get_constraintdef(n.oid))
FROM mine AS c JOIN pg_constraint AS n ON n.conrelid = c.oid WHERE n.contype <> 'n'
""",
    """
SELECT format('index %s%s', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END)
FROM mine AS c JOIN pg_index AS i ON i.indexrelid = c.oid
""",
    """
SELECT format('trigger %s%s', pg_get_triggerdef(t.oid), CASE t.tgenabled WHEN 'O' THEN '' ELSE ' NOT ENABLED' END)
FROM mine AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
""",
    "SELECT 'view ' || relname || ' is ' || pg_get_viewdef(oid) FROM mine WHERE relkind IN ('v', 'm')",
    """
SELECT format('sequence %s %s from %s by %s%s', c.relname, s.seqtypid::regtype, s.seqstart, s.seqincrement,
    CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END)
FROM mine AS c JOIN pg_sequence AS s ON s.seqrelid = c.oid
""",
    """
SELECT format('function %s: %s', p.oid::regprocedure, pg_get_functiondef(p.oid))
FROM pg_proc AS p, mine WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
""",
    """
SELECT format('type %s %s', t.typname, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
    FROM pg_enum AS e WHERE e.enumtypid = t.oid))
FROM pg_type AS t, mine WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
""",
    "SELECT format('policy %s on %s', p.polname, c.relname) FROM mine AS c JOIN pg_policy AS p ON p.polrelid = c.oid",
    """
SELECT format('partition %s of %s default', c.relname, i.inhparent::regclass)
FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid, mine
WHERE c.relnamespace = 'public'::regnamespace AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AND c.relkind = 'r'
""",
)


def structure(database: PooledPostgresqlDatabase) -> frozenset[str]:
    """Every line of the catalogue; two databases with the same lines have the same structure."""
    lines: set[str] = set()
    for statement in LINES:
        cursor = database.cursor()
        cursor.execute(MINE + statement)  # without parameters, so that % stays %
        lines.update(" ".join(line.split()) for (line,) in cursor.fetchall())
    return frozenset(lines)
