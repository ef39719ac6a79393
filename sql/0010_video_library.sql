-- A video is known by what its platform calls it, whatever the address of the page that shows it.

ALTER TABLE videos
    ADD platform     text,
    -- Null until somebody who can read addresses has looked at the row (lossy/store/identify.py): rows that were there
    -- already, and those that an older server still adds.
    ADD canonical_id text,
    -- Rows of before that turned out to be one video, under two addresses. Each keeps its notes, its sessions and its
    -- id; from now on that video is the one which the others name here.
    ADD same_as      uuid REFERENCES videos ON DELETE SET NULL,
    ADD page_url     text,                                 -- where it was last seen
    ADD status       text NOT NULL DEFAULT 'active' CHECK (status IN ('queued', 'active', 'archived')),
    ADD metadata     jsonb NOT NULL DEFAULT '{}',
    ADD duration_ms  bigint CHECK (duration_ms > 0),
    ADD last_seen_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now());
UPDATE videos SET last_seen_at = date_trunc('milliseconds', created_at);

ALTER TABLE videos DROP CONSTRAINT videos_owner_id_url_key;
CREATE UNIQUE INDEX videos_known ON videos (owner_id, platform, canonical_id) WHERE same_as IS NULL;
CREATE INDEX videos_unknown ON videos (owner_id) WHERE canonical_id IS NULL;
CREATE INDEX videos_listed ON videos (owner_id, last_seen_at DESC, id DESC);

-- What each tab of a user's shows. A tab that shows no video any more stays for a while, so that what it said before is
-- known to be old.
CREATE TABLE video_contexts (
    user_id    uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id  uuid   NOT NULL,
    tab        text   NOT NULL,
    video_id   uuid   REFERENCES videos ON DELETE CASCADE, -- null: it shows none
    session_id uuid   REFERENCES sessions ON DELETE SET NULL,
    platform   text,
    url        text,
    title      text,
    made_at    bigint NOT NULL,                            -- when it was said, by the tab's clock as corrected, ms
    seq        bigint NOT NULL,
    link_at    bigint NOT NULL,                            -- when the link that it came by was made, ms
    heard_at   bigint NOT NULL,                            -- when it was said last, by the server's clock, ms
    PRIMARY KEY (user_id, device_id, tab),
    CHECK (video_id IS NULL OR (platform IS NOT NULL AND url IS NOT NULL AND title IS NOT NULL))
);
CREATE INDEX video_contexts_heard ON video_contexts (user_id, heard_at);
