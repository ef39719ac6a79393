-- People with passwords, how they are let in, where they are signed in, and what is taken from them again.

ALTER TABLE users
    ADD COLUMN password_hash  text,                       -- argon2id with its salt; null until one is chosen
    ADD COLUMN deactivated_at timestamptz;

-- An address is kept in lower case (lossy/domain/accounts.py), so that it is one person's however it is typed.
UPDATE users SET email = lower(email);

ALTER TABLE web_sessions
    ADD COLUMN id         uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN seen_at    timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN user_agent text NOT NULL DEFAULT '';
CREATE INDEX web_sessions_of_user ON web_sessions (user_id);

ALTER TABLE devices
    ADD COLUMN name       text NOT NULL DEFAULT '',       -- that its owner gave it; without one the user agent tells
    ADD COLUMN user_agent text NOT NULL DEFAULT '',
    ADD COLUMN seen_at    timestamptz NOT NULL DEFAULT now(),
    -- The browser it is in, by the sign-in that it got its latest token with.
    ADD COLUMN browser    uuid REFERENCES web_sessions (id) ON DELETE SET NULL,
    -- Raised when the device is signed out: tokens of an earlier generation are refused.
    ADD COLUMN generation integer NOT NULL DEFAULT 1;
CREATE INDEX devices_of_user ON devices (user_id);
CREATE INDEX devices_of_browser ON devices (browser) WHERE browser IS NOT NULL;

-- A link for somebody who has no account yet. Whoever opens it chooses a password.
CREATE TABLE invitations (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    email      text NOT NULL,
    role       text NOT NULL CHECK (role IN ('user', 'admin')),
    invited_by uuid REFERENCES users ON DELETE CASCADE,   -- null for the command line
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_of_email ON invitations (email);
CREATE INDEX invitations_expire ON invitations (expires_at);

-- A link to choose a new password with, made by an admin.
CREATE TABLE password_resets (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

-- Attempts to sign in that failed, by account and by network address. Neither stands here in clear: people type
-- passwords where their address belongs.
CREATE TABLE failed_sign_ins (
    whose    bytea   PRIMARY KEY,                         -- SHA-256
    failures integer NOT NULL,
    last_at  bigint  NOT NULL                             -- ms since the Unix epoch
);
CREATE INDEX failed_sign_ins_last ON failed_sign_ins (last_at);

-- What was taken from a user: each node reads the latest several times a second, and lets go of what is live there.
-- Either a device, whose tokens up to that generation are refused, or what a video was shared with them for.
CREATE TABLE withdrawals (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id  uuid,
    generation integer,
    video_id   uuid,
    role       text,                                      -- that is left to them on the video; null for none
    at         timestamptz NOT NULL DEFAULT now(),
    -- As of `ownership`: whoever asks again from the oldest transaction of their last look misses none.
    changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CHECK ((device_id IS NULL) <> (video_id IS NULL) AND (device_id IS NULL) = (generation IS NULL))
);
CREATE INDEX withdrawals_changed ON withdrawals (changed_in);
CREATE INDEX withdrawals_at ON withdrawals (at);
