-- Who there is, what they review, what was said, and what became of it.
-- Instants are timestamptz; `at` columns of the journal are the events' own times, ms since the Unix epoch.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE,
    role          text NOT NULL CHECK (role IN ('user', 'admin')),
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Single-use sign-in links. Only a hash is kept, as of every secret here.
CREATE TABLE sign_in_links (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE TABLE web_sessions (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE TABLE devices (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

CREATE TABLE videos (
    id         uuid PRIMARY KEY,
    owner_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    url        text NOT NULL,
    title      text NOT NULL,
    rate_num   integer NOT NULL CHECK (rate_num > 0),
    rate_den   integer NOT NULL CHECK (rate_den > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner_id, url)
);

CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    video_id   uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    epoch      integer NOT NULL DEFAULT 0,                -- raised whenever the session is brought to life
    snapshot_n bigint NOT NULL DEFAULT 0,                 -- the journal entry that the snapshot includes
    snapshot   jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz
);
CREATE INDEX sessions_alive ON sessions (created_at) WHERE ended_at IS NULL;

-- Every accepted event of a session. The primary key also stops a second writer of the same session.
CREATE TABLE journal (
    session_id uuid   NOT NULL REFERENCES sessions ON DELETE CASCADE,
    n          bigint NOT NULL,
    at         bigint NOT NULL,
    chart      text   NOT NULL,
    event      text   NOT NULL,
    payload    jsonb  NOT NULL,
    device_id  uuid,                                      -- whose seq it is
    seq        bigint,
    taken      text[] NOT NULL,                           -- ids of the transitions taken
    PRIMARY KEY (session_id, n)
);

CREATE TABLE notes (
    id                   uuid PRIMARY KEY,
    video_id             uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    session_id           uuid REFERENCES sessions ON DELETE SET NULL,
    author_id            uuid NOT NULL REFERENCES users,
    text                 text NOT NULL,
    category             text NOT NULL,
    confidence           double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    frame_in             bigint NOT NULL CHECK (frame_in >= 0),
    frame_out            bigint CHECK (frame_out >= frame_in),
    rate_num             integer NOT NULL,
    rate_den             integer NOT NULL,
    onset_uncertainty_ms integer NOT NULL,
    status               text NOT NULL,
    transcript           text NOT NULL,
    provenance           jsonb NOT NULL,
    created_at           timestamptz NOT NULL
);
CREATE INDEX notes_of_video ON notes (video_id, frame_in, id);

-- What became of each remark: a note, or the reason why not. One outcome for ever, so a repeat changes nothing.
-- The author's, not the session's: a client whose session has ended sends to another what had no answer.
CREATE TABLE remarks (
    author_id  uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
    id         uuid   NOT NULL,                           -- made by the author's device
    session_id uuid   NOT NULL REFERENCES sessions ON DELETE CASCADE,
    n          bigint NOT NULL,                           -- the journal entry that settled it
    outcome    jsonb  NOT NULL,
    PRIMARY KEY (author_id, id)
);
