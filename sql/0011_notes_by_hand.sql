-- Notes as people change them: found by their words, asked for since they were last seen, and changed once however
-- often the same request comes.

ALTER TABLE notes
    -- The transaction of the latest change. What a snapshot of the database saw of a video, and what it did not, is told
    -- by it exactly; a counter would be taken before the commit, or be a row that all sessions of a video wait for.
    ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED;

CREATE INDEX notes_changed ON notes (video_id, changed_in);
CREATE INDEX notes_of_author ON notes (author_id, created_at, id) WHERE status <> 'deleted';
-- Whoever fills the list of what is not yet sorted in waits for that: 512 kB take 5 ms, the usual 4 MB take 40.
CREATE INDEX notes_words ON notes USING gin (words) WITH (gin_pending_list_limit = 512);

-- A click that may come again, as its answer was lost, is known by the entry of the first.
CREATE INDEX journal_clicks ON journal (session_id, (payload ->> 'click')) WHERE payload ? 'click';

ALTER TABLE note_changes
    ADD COLUMN request uuid,                              -- of the client that asked; a repeat has the same
    ADD COLUMN takes_back boolean NOT NULL DEFAULT false; -- whether it brought back the words of before another change
