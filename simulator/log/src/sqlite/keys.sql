-- Idempotency keys that left a ledger's memory (see why-are-old-keys-sorted-runs.md). `run` is the place of the run's last
-- posting among all postings of the sandbox's ledger; what is written is whole once its run stands in key_run.
-- Made also in files that were written before there was such an index.

CREATE TABLE IF NOT EXISTS key (
    sandbox  INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    id       BLOB    NOT NULL,             -- of the posting
    sequence INTEGER NOT NULL,             -- its place among all postings of the ledger
    kind     INTEGER NOT NULL,
    debit    BLOB    NOT NULL,
    credit   BLOB    NOT NULL,
    amount   INTEGER NOT NULL,
    content  INTEGER NOT NULL,             -- digest of what else it says
    fate     INTEGER NOT NULL,             -- what became of it
    PRIMARY KEY (sandbox, run, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS key_run (
    sandbox INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    keys    INTEGER NOT NULL,
    PRIMARY KEY (sandbox, last)
) STRICT, WITHOUT ROWID;
