-- What browsers measured. A device is here by a keyed hash, and a person not at all; the fields are the catalogue's.
CREATE TABLE telemetry_events (
    device      text NOT NULL,
    seq         bigint NOT NULL,                          -- the device's own number: twice the same is one event
    name        text NOT NULL,
    at          timestamptz NOT NULL,                     -- by the browser's clock, and never later than ours
    received_at timestamptz NOT NULL DEFAULT now(),
    fields      jsonb NOT NULL,
    PRIMARY KEY (device, seq)
);
-- Rows come in the order of this column and go in it.
CREATE INDEX telemetry_events_received ON telemetry_events USING brin (received_at);

-- What each device says that it had to let go, and what was refused of it: so that it is known how much is missing.
CREATE TABLE telemetry_devices (
    device  text PRIMARY KEY,
    dropped bigint NOT NULL,
    refused bigint NOT NULL,
    last_at timestamptz NOT NULL DEFAULT now()
);
