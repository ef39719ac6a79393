-- Who holds each session: a node's lease is one row, and a session names the node and the epoch that it is held in.

-- A process, from its start to its end. All its sessions are its own until this runs out.
CREATE TABLE nodes (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,                             -- the same after a restart
    url        text NOT NULL,
    expires_at timestamptz NOT NULL
);

-- A session without a node is free: nobody has anything of it in hand.
ALTER TABLE sessions
    ADD node       uuid,
    ADD taken_from uuid;                                  -- the node that has not noticed yet
CREATE INDEX sessions_held ON sessions (node) WHERE node IS NOT NULL;
CREATE INDEX sessions_taken ON sessions (taken_from) WHERE taken_from IS NOT NULL;

-- In which epoch of its session an entry was written; 0 before there were any leases.
ALTER TABLE journal ADD epoch integer NOT NULL DEFAULT 0;
