-- A note's life by its chart: where it stands, every change of it, and what its author made of the decision to keep it.

ALTER TABLE notes
    ADD COLUMN state      jsonb,                          -- of the chart; status is its innermost state
    ADD COLUMN version    integer NOT NULL DEFAULT 1,     -- of the latest change
    ADD COLUMN updated_at timestamptz;

-- Until now every note stayed the ghost that it began as. What its data lacks the chart fills in when it is read.
UPDATE notes
SET updated_at = created_at,
    state = '{"chart": "note", "version": 1, "active": ["kept", "ghost"], "history": {}, "data": {}, "deadlines": {}}';
ALTER TABLE notes ALTER COLUMN state SET NOT NULL, ALTER COLUMN updated_at SET NOT NULL;

DROP INDEX notes_of_video;
CREATE INDEX notes_of_video ON notes (video_id, frame_in, id) WHERE status <> 'deleted';

-- Who changed it, when, and what it was from then on. Versions of a note count from 1 without holes.
CREATE TABLE note_changes (
    note_id    uuid    NOT NULL REFERENCES notes ON DELETE CASCADE,
    version    integer NOT NULL,
    at         timestamptz NOT NULL,
    by         uuid REFERENCES users,                     -- nobody when it expired, or a job's time ran out
    event      text    NOT NULL,                          -- of the chart; 'said' for its beginning
    status     text    NOT NULL,
    text       text    NOT NULL,
    category   text    NOT NULL,
    confidence double precision NOT NULL,
    frame_in   bigint  NOT NULL,
    frame_out  bigint,
    session_id uuid REFERENCES sessions ON DELETE SET NULL,
    n          bigint,                                    -- the journal entry that it was committed with
    PRIMARY KEY (note_id, version)
);

-- The first decision about each note and what came of it; nothing tunes a threshold by it yet.
CREATE TABLE note_outcomes (
    note_id    uuid PRIMARY KEY REFERENCES notes ON DELETE CASCADE,
    session_id uuid REFERENCES sessions ON DELETE SET NULL,
    category   text NOT NULL,
    confidence double precision NOT NULL,
    threshold  double precision,                          -- none of a note that was not judged
    outcome    text NOT NULL CHECK (outcome IN ('kept', 'edited', 'deleted', 'overridden')),
    at         timestamptz NOT NULL
);

INSERT INTO note_changes
SELECT id, 1, created_at, author_id, 'said', status, text, category, confidence, frame_in, frame_out, session_id, NULL
FROM notes;
INSERT INTO note_outcomes SELECT id, session_id, category, confidence, NULL, 'kept', created_at FROM notes;
