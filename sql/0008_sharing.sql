-- Videos that are shared with named people. What each role may do is in lossy/domain/access.py.

CREATE TABLE shares (
    video_id   uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('reviewer', 'editor', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (video_id, user_id)
);
CREATE INDEX shares_of_user ON shares (user_id, created_at);

-- What whoever accepts the invitation gets with the account.
CREATE TABLE invitation_shares (
    invitation_id uuid NOT NULL REFERENCES invitations ON DELETE CASCADE,
    video_id      uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    role          text NOT NULL CHECK (role IN ('reviewer', 'editor', 'viewer')),
    PRIMARY KEY (invitation_id, video_id)
);
CREATE INDEX invitation_shares_of_video ON invitation_shares (video_id);

-- When a device came to a session and when it went stands in the session's journal, among much else.
CREATE INDEX sessions_of_video ON sessions (video_id, created_at);
CREATE INDEX journal_presence ON journal (session_id, n) WHERE event IN ('attach', 'drop', 'taken_over');
