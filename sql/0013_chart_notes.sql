-- What engineers note at the states and transitions of a chart. A note stays when its anchor goes: it says what was there.
CREATE TABLE chart_notes (
    id         uuid PRIMARY KEY,                          -- made by the page, so that a repeat is the same note
    chart      text NOT NULL,
    anchor     text NOT NULL,                             -- the id of a state, or of a transition
    text       text NOT NULL,
    author_id  uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz,
    removed_by uuid REFERENCES users
);
CREATE INDEX chart_notes_of_chart ON chart_notes (chart, created_at) WHERE removed_at IS NULL;

-- The journal grows by its times, so a few pages of this index find the last week. It costs a write hardly anything.
CREATE INDEX journal_by_time ON journal USING brin (at);
