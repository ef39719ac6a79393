-- Who has which capability: flags with their gates, groups of users with the defaults of those that are cohorts, and
-- every change of either.

-- Raised by each change and locked by it, so that changes come one after the other.
CREATE TABLE flag_rules (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    version bigint  NOT NULL
);
INSERT INTO flag_rules (version) VALUES (0);

CREATE TABLE flags (
    key      text    PRIMARY KEY,
    version  bigint  NOT NULL,                            -- the number of its latest change
    killed   boolean NOT NULL,
    everyone boolean,                                     -- the boolean gate; null where it is not set
    share    integer CHECK (share BETWEEN 0 AND 10000)    -- the percentage in hundredths; null where it is not set
);

CREATE TABLE flag_actors (
    flag    text    NOT NULL REFERENCES flags ON DELETE CASCADE,
    user_id uuid    NOT NULL REFERENCES users ON DELETE CASCADE,
    value   boolean NOT NULL,
    PRIMARY KEY (flag, user_id)
);

CREATE TABLE user_groups (
    name     text   PRIMARY KEY,
    version  bigint NOT NULL,                             -- the number of its latest change
    defaults jsonb  NOT NULL CHECK (jsonb_typeof(defaults) = 'object')
);

CREATE TABLE user_group_members (
    name    text NOT NULL REFERENCES user_groups ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (name, user_id)
);

CREATE TABLE flag_groups (
    flag  text    NOT NULL REFERENCES flags ON DELETE CASCADE,
    name  text    NOT NULL REFERENCES user_groups,
    value boolean NOT NULL,
    PRIMARY KEY (flag, name)
);

-- What each change made of what was before. Versions count from 1 without holes.
CREATE TABLE flag_changes (
    version     bigint PRIMARY KEY,
    at          timestamptz NOT NULL,
    by          uuid REFERENCES users ON DELETE SET NULL, -- nobody for a command, or the server itself
    via         text NOT NULL,                            -- who says so instead
    kind        text NOT NULL CHECK (kind IN ('flag', 'group')),
    name        text NOT NULL,
    differences jsonb NOT NULL                            -- by part: before and after, null for nothing
);
CREATE INDEX flag_changes_of ON flag_changes (kind, name, version);
