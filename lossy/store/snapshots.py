"""A session's snapshots: the latest is what it is restored from, those before it are for whoever asks why (H3)."""

# Beside the first. A session leaves one with every hundredth entry and each time that it is brought to life or laid to
# rest, so this is more than any review needs; only a server that dies again and again reaches it.
KEPT = 64

# Whoever begins a session holds it; `begun` is its row, where there was none before.
BEGIN = (
    "WITH begun AS (INSERT INTO sessions (id, user_id, video_id, snapshot, epoch, node)"
    " VALUES (%(id)s, %(user)s, %(video)s, %(snapshot)s, 1, %(me)s) ON CONFLICT (id) DO NOTHING RETURNING *),"
    " kept AS (INSERT INTO snapshots (session_id, n, snapshot) SELECT id, 0, snapshot FROM begun)"
)


# Of sessions that are left with one, as `leaving` has them in the statement that this is a part of: it sees what was
# there before.
KEEP = (
    "kept AS (INSERT INTO snapshots (session_id, n, snapshot) SELECT id, snapshot_n, leaving.snapshot FROM leaving"
    " WHERE leaving.snapshot IS NOT NULL),"
    " forgotten AS (DELETE FROM snapshots USING leaving WHERE leaving.snapshot IS NOT NULL AND session_id = leaving.id"
    " AND n > (SELECT min(n) FROM snapshots AS first WHERE first.session_id = leaving.id) AND n <="
    " (SELECT n FROM snapshots AS latest WHERE latest.session_id = leaving.id"
    " ORDER BY n DESC OFFSET %(kept)s - 1 LIMIT 1))"
)
