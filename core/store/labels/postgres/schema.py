"""The tables of a label database, in a schema of their own, ``winnow``.

One database serves many collections of images, each with questions, each of which has a log of
labels, the first one a log of tag labels too. What people said is only ever added: the server
refuses to change or delete it. An undo is a row of its own; a backup that is put back is a new log
in place of the one before, which stays. Numbers of events are a log's own and without gaps between
commits: whoever adds to a log holds its row in ``logs`` until the end of the transaction, so a
reader who has seen a number has seen all below it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from core.images.names import shown
from core.runtime.errors import WinnowError

FORMAT = 1
_LOCK = 0x77696E6E6F77  # of the advisory lock under which the tables are made

_EVENT = """
    log        bigint NOT NULL REFERENCES winnow.logs,
    seq        bigint NOT NULL,
    image_id   text NOT NULL,
    {answer}
    annotator  text NOT NULL,
    time       double precision NOT NULL,
    source     text NOT NULL,
    batch_id   text NOT NULL,
    client     text NOT NULL,
    client_seq bigint NOT NULL,
    PRIMARY KEY (log, seq),
    UNIQUE (log, client, client_seq)
"""
_UNDONE = """
    log       bigint NOT NULL REFERENCES winnow.logs,
    seq       bigint NOT NULL,
    n         bigint,
    undone_by text NOT NULL,
    act       text NOT NULL,
    PRIMARY KEY (log, seq),
    UNIQUE (log, n)
"""
_LABEL = """kind text NOT NULL CHECK (
        kind IN ('label', 'skip', 'unsure', 'none', 'unusable', 'clear')
    ),
    class      text CHECK ((kind = 'label') = (class IS NOT NULL)),"""
_TAG = """tag text NOT NULL,
    value      smallint CHECK (value IN (0, 1)),"""
_ADDED_ONLY = ("events", "events_undone", "tag_events", "tag_events_undone", "undos")

_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS winnow;
CREATE TABLE winnow.about (
    format integer NOT NULL,
    id     uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO winnow.about (format) VALUES ({FORMAT});
CREATE TABLE winnow.collections (
    id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);
CREATE TABLE winnow.logs (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection uuid NOT NULL REFERENCES winnow.collections,
    question   text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('labels', 'tags')),
    events     bigint NOT NULL DEFAULT 0,
    undos      bigint NOT NULL DEFAULT 0,
    replaced   timestamptz
);
CREATE UNIQUE INDEX logs_present ON winnow.logs (collection, question, kind)
    WHERE replaced IS NULL;
CREATE TABLE winnow.events ({_EVENT.format(answer=_LABEL)});
CREATE INDEX events_batch ON winnow.events (log, batch_id);
CREATE INDEX events_image ON winnow.events (log, image_id);
CREATE TABLE winnow.events_undone ({_UNDONE});
CREATE INDEX events_undone_act ON winnow.events_undone (act);
CREATE TABLE winnow.tag_events ({_EVENT.format(answer=_TAG)});
CREATE INDEX tag_events_batch ON winnow.tag_events (log, batch_id);
CREATE INDEX tag_events_image ON winnow.tag_events (log, image_id, tag);
CREATE TABLE winnow.tag_events_undone ({_UNDONE});
CREATE INDEX tag_events_undone_act ON winnow.tag_events_undone (act);
CREATE TABLE winnow.undos (
    log        bigint NOT NULL REFERENCES winnow.logs,
    client     text NOT NULL,
    client_seq bigint NOT NULL,
    batch_id   text NOT NULL,
    annotator  text NOT NULL,
    time       double precision NOT NULL,
    PRIMARY KEY (log, client, client_seq)
);
CREATE TABLE winnow.claims (
    log      bigint NOT NULL REFERENCES winnow.logs,
    image_id text NOT NULL,
    client   text NOT NULL,
    until    timestamptz NOT NULL,
    PRIMARY KEY (log, image_id)
);
CREATE FUNCTION winnow.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what people said in %.% is only ever added', TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;
""" + "".join(
    f"CREATE TRIGGER added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON winnow.{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION winnow.refuse();\n"
    for table in _ADDED_ONLY
)


def prepare(connection: Connection) -> str:
    """Make the tables where there are none; the id of the database. Within a transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    there = connection.execute(text("SELECT to_regclass('winnow.about') IS NOT NULL")).scalar()
    if not there:
        # Many statements at once go by the driver only, within the same transaction.
        connection.connection.cursor().execute(_TABLES)
    return identity(connection)


def identity(connection: Connection) -> str:
    """The id of the database.

    Raises:
        WinnowError: a newer Winnow made its tables.
    """
    about = connection.execute(text("SELECT format, id FROM winnow.about")).one()
    if about.format > FORMAT:
        raise WinnowError(
            "The label database was made by a newer Winnow (format "
            f"{shown(str(about.format))}): update Winnow."
        )
    return str(about.id)
