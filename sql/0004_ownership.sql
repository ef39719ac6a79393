-- Which tab of each user has the microphone: a machine of statecharts/ownership.yaml, moved under the lock of its row.

CREATE TABLE ownership (
    user_id    uuid   PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    version    bigint NOT NULL DEFAULT 0,                 -- raised with each change
    state      jsonb,                                     -- null until it has heard of anything
    due_at     timestamptz,                               -- when its timer is due
    -- The transaction of the latest change. A transaction that has not ended yet is never below the oldest of a later
    -- snapshot, so whoever asks again from there on misses none; a time or a sequence would be taken before the commit.
    changed_in xid8   NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX ownership_due ON ownership (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ownership_changed ON ownership (changed_in);
