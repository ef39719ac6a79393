-- Who tried to join what, from where, and what came of it: repeats of a day are one row with a count. No token is here.

CREATE TABLE join_audit (
    day       date   NOT NULL,
    user_id   uuid   NOT NULL,                            -- all zeros where nobody knows who it was; kept after the user
    device_id uuid   NOT NULL,                            -- all zeros likewise
    address   text   NOT NULL,
    topic     text   NOT NULL,                            -- as it was named, or only its kind where there were too many
    outcome   text   NOT NULL,                            -- ok, or the code of the refusal
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    count     bigint NOT NULL,
    PRIMARY KEY (day, user_id, device_id, address, topic, outcome)
);
CREATE INDEX join_audit_of_user ON join_audit (user_id, last_at);
