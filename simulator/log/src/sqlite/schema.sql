-- The file, format 1. Open it with anything that reads SQLite; the views at the end are meant for people.
-- Nothing in event, account, posting, batch, blob or attachment is ever changed; dropping a sandbox deletes its rows.
--
-- Ids are 16-byte blobs (highest byte first, so they sort as their hex form does); times are milliseconds since 1970 UTC.
-- event, account and posting grow at their right edge only: `position` is the order in this file, over all sandboxes. An
-- event's place in its sandbox is `sequence`; account and posting point to the position of the event they belong to.

CREATE TABLE meta (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    format  INTEGER NOT NULL,              -- of this file; another number is refused
    claims  INTEGER NOT NULL               -- claims so far: the newest epoch
) STRICT;

CREATE TABLE sandbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that no late reader meets another's rows
    name    TEXT    NOT NULL,
    epoch   INTEGER NOT NULL,              -- who owns it
    dropped INTEGER NOT NULL DEFAULT 0     -- 1: being deleted, its name is free
) STRICT;
CREATE UNIQUE INDEX sandbox_name ON sandbox (name) WHERE dropped = 0;

CREATE TABLE event (
    position   INTEGER PRIMARY KEY,
    sandbox    INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    virtual_ms INTEGER NOT NULL,
    real_ms    INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL            -- JSON
) STRICT;

CREATE TABLE account (
    position INTEGER PRIMARY KEY,
    event    INTEGER NOT NULL,             -- position of the event that opened it
    n        INTEGER NOT NULL,             -- index among that event's rows, postings counted too
    id       BLOB    NOT NULL,
    unit     INTEGER NOT NULL,
    floor    INTEGER NOT NULL,
    ceiling  INTEGER NOT NULL,
    at       INTEGER NOT NULL              -- virtual time
) STRICT;

CREATE TABLE posting (
    position  INTEGER PRIMARY KEY,
    event     INTEGER NOT NULL,            -- position of the event it belongs to
    id        BLOB    NOT NULL,
    kind      INTEGER NOT NULL,
    debit     BLOB    NOT NULL,            -- account that gives
    credit    BLOB    NOT NULL,            -- account that receives
    amount    INTEGER NOT NULL,
    code      INTEGER NOT NULL,
    at        INTEGER NOT NULL,            -- virtual time
    refers_to BLOB,
    stated    INTEGER,
    until     INTEGER
) STRICT;

-- What one call caused, and the hash chain after it. (sandbox, first) is the fence. Its events, accounts and postings
-- stand one behind the other from the given positions on.
CREATE TABLE batch (
    sandbox    INTEGER NOT NULL,
    first      INTEGER NOT NULL,           -- sequence of its first event
    last       INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    chain      BLOB    NOT NULL,
    event_at   INTEGER NOT NULL,
    account_at INTEGER NOT NULL,
    accounts   INTEGER NOT NULL,
    posting_at INTEGER NOT NULL,
    postings   INTEGER NOT NULL,
    PRIMARY KEY (sandbox, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
    id    INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL UNIQUE,            -- SHA-256 of the bytes
    bytes BLOB NOT NULL
) STRICT;

-- Which batch brought which blob.
CREATE TABLE attachment (
    sandbox INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    hash    BLOB    NOT NULL,
    PRIMARY KEY (sandbox, first, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_hash ON attachment (hash);

CREATE TABLE snapshot (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    sandbox  INTEGER NOT NULL,
    next     INTEGER NOT NULL,             -- first event that is not in it
    chain    BLOB    NOT NULL,
    chunks   INTEGER NOT NULL,
    complete INTEGER NOT NULL              -- 0: half written, to be removed
) STRICT;

CREATE TABLE snapshot_chunk (
    snapshot INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    hash     BLOB    NOT NULL,             -- SHA-256 of the bytes
    bytes    BLOB    NOT NULL,
    PRIMARY KEY (snapshot, n)
) STRICT;

CREATE VIEW events AS
SELECT s.name AS sandbox, e.sequence,
       strftime('%Y-%m-%d %H:%M:%f', e.virtual_ms / 1000.0, 'unixepoch', '+8 hours') AS virtual_time_beijing,
       strftime('%Y-%m-%d %H:%M:%f', e.real_ms / 1000.0, 'unixepoch', '+8 hours') AS real_time_beijing,
       e.kind, e.body
FROM event e JOIN sandbox s ON s.id = e.sandbox AND s.dropped = 0;

CREATE VIEW accounts AS
SELECT s.name AS sandbox, e.sequence, lower(hex(a.id)) AS id,
       CASE a.unit WHEN 1 THEN 'point' WHEN 2 THEN 'growth' WHEN 3 THEN 'fen' WHEN 4 THEN 'piece' ELSE a.unit END AS unit,
       a.floor, a.ceiling,
       strftime('%Y-%m-%d %H:%M:%f', a.at / 1000.0, 'unixepoch', '+8 hours') AS opened_beijing
FROM account a JOIN event e ON e.position = a.event JOIN sandbox s ON s.id = e.sandbox AND s.dropped = 0;

CREATE VIEW postings AS
SELECT s.name AS sandbox, e.sequence, lower(hex(p.id)) AS id,
       CASE p.kind WHEN 1 THEN 'transfer' WHEN 2 THEN 'hold' WHEN 3 THEN 'confirm' WHEN 4 THEN 'release' WHEN 5 THEN 'expire'
                   WHEN 6 THEN 'reverse' WHEN 7 THEN 'lot expiry' WHEN 8 THEN 'stated up' WHEN 9 THEN 'stated down'
                   ELSE p.kind END AS kind,
       lower(hex(p.debit)) AS debit, lower(hex(p.credit)) AS credit, p.amount, p.code,
       strftime('%Y-%m-%d %H:%M:%f', p.at / 1000.0, 'unixepoch', '+8 hours') AS at_beijing,
       lower(hex(p.refers_to)) AS refers_to, p.stated,
       strftime('%Y-%m-%d %H:%M:%f', p.until / 1000.0, 'unixepoch', '+8 hours') AS until_beijing
FROM posting p JOIN event e ON e.position = p.event JOIN sandbox s ON s.id = e.sandbox AND s.dropped = 0;

CREATE VIEW batches AS
SELECT s.name AS sandbox, b.first, b.last, b.epoch, lower(hex(b.chain)) AS chain, b.accounts, b.postings
FROM batch b JOIN sandbox s ON s.id = b.sandbox AND s.dropped = 0;
