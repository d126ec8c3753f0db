-- Dead letters that left Redis, or are about to.
CREATE TABLE IF NOT EXISTS hookstream_dead_letters (
    -- As operators name it: the first part is when it was given up, in ms.
    id           text NOT NULL,
    event_id     text NOT NULL,
    endpoint     text NOT NULL,
    source       text NOT NULL,
    type         text NOT NULL,
    route        text NOT NULL,
    reason       text NOT NULL,
    error        text NOT NULL,
    dead_at      timestamptz NOT NULL,
    archived_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL,
    -- Every other field as it stood in Redis, by name; `name_base64` where it was not text.
    letter       jsonb NOT NULL
);
-- Several Redis may share the table: one id may come from each, with another event. What stands in the event's id need not
-- be ours; an index can't hold text of any length.
CREATE UNIQUE INDEX IF NOT EXISTS hookstream_dead_letters_id ON hookstream_dead_letters (id, left(event_id, 200));
CREATE INDEX IF NOT EXISTS hookstream_dead_letters_dead_at ON hookstream_dead_letters (dead_at);
CREATE INDEX IF NOT EXISTS hookstream_dead_letters_event ON hookstream_dead_letters (left(event_id, 200));
