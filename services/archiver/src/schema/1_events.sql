CREATE TABLE IF NOT EXISTS hookstream_events (
    id           text PRIMARY KEY,
    endpoint     text NOT NULL,
    source       text NOT NULL,
    type         text NOT NULL,
    received_at  timestamptz NOT NULL,
    content_type text NOT NULL,
    -- The body, where it is JSON; null where it is not, or holds what jsonb can't (the character NUL).
    data         jsonb,
    -- The body to the byte, as its sender signed it.
    body         bytea NOT NULL,
    -- [["name", "value"], …], in the order received.
    headers      jsonb NOT NULL,
    trace        text NOT NULL
);
CREATE INDEX IF NOT EXISTS hookstream_events_received_at ON hookstream_events (received_at);
CREATE INDEX IF NOT EXISTS hookstream_events_endpoint ON hookstream_events (endpoint, received_at);
-- Senders choose types; an index can't hold one of any length.
CREATE INDEX IF NOT EXISTS hookstream_events_type ON hookstream_events (left(type, 200), received_at);
