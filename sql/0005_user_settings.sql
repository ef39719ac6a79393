-- What each user chose for themselves. Whoever chose nothing yet has no row; what is not chosen is the server's own.

CREATE TABLE user_settings (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    version    integer NOT NULL CHECK (version > 0),      -- raised by each change, from 1
    chosen     jsonb NOT NULL CHECK (jsonb_typeof(chosen) = 'object'),
    changed_at timestamptz NOT NULL DEFAULT now()
);
