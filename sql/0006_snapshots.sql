-- What the states of a session were, now and then: `lossy why` replays the journal from the one before an entry.

-- Number 0 is the session as it began; the others were committed with the entry of that number. Beside the first, the
-- latest of each session are kept (store/snapshots.py says how many).
CREATE TABLE snapshots (
    session_id uuid   NOT NULL REFERENCES sessions ON DELETE CASCADE,
    n          bigint NOT NULL,
    snapshot   jsonb  NOT NULL,
    PRIMARY KEY (session_id, n)
);
-- Of a session that is there already only the latest is known.
INSERT INTO snapshots SELECT id, snapshot_n, snapshot FROM sessions;

-- A remark that was never settled stands nowhere else.
CREATE INDEX journal_remarks ON journal ((payload ->> 'id')) WHERE event = 'transcript_final';
