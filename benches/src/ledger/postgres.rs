//! `PostgreSQL` in the fastest shape that was found for it: one function over arrays, one connection, one call a batch.
//!
//! It locks the accounts in order, inserts what is new and adds up what each account gets; many connections or one call a
//! posting were slower. Accounts are named by whole numbers. The server is the caller's; everything is done in a schema of its
//! own, which is dropped at the end. Talks to it in the clear: loopback.

use super::contender::{Contender, NoFigure};
use super::machine::{Used, used_by};
use super::workload::{AT, CODE, Draft, FLOOR};
use ::postgres::{Client, Config, NoTls, Statement};
use std::time::Duration;

const NAME: &str = "PostgreSQL";
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);

fn schema() -> String {
    format!(
        "SET statement_timeout = '120s'; SET synchronous_commit = on;
DROP SCHEMA IF EXISTS kabao_measure CASCADE; CREATE SCHEMA kabao_measure; SET search_path = kabao_measure;
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= {FLOOR})) WITH (fillfactor = 50);
CREATE TABLE posting (sequence bigserial PRIMARY KEY, id bytea NOT NULL UNIQUE, debit int NOT NULL, credit int NOT NULL,
                      amount bigint NOT NULL, code int NOT NULL, at bigint NOT NULL);
CREATE FUNCTION post(ids bytea[], debits int[], credits int[], amounts bigint[], code int, at bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
  PERFORM 1 FROM account WHERE id = ANY(debits || credits) ORDER BY id FOR UPDATE;
  WITH new AS (
    INSERT INTO posting (id, debit, credit, amount, code, at)
      SELECT i, d, c, a, $5, $6 FROM unnest(ids, debits, credits, amounts) AS t(i, d, c, a)
      ON CONFLICT (id) DO NOTHING RETURNING posting.debit, posting.credit, posting.amount),
  moved AS (SELECT account, sum(amount)::bigint AS amount FROM
    (SELECT new.debit AS account, -new.amount AS amount FROM new UNION ALL SELECT new.credit, new.amount FROM new) AS part GROUP BY account),
  updated AS (UPDATE account SET balance = balance + moved.amount FROM moved WHERE account.id = moved.account)
  SELECT count(*) INTO made FROM new;
  RETURN made;
END $$;"
    )
}

pub(crate) struct Postgres {
    client: Client,
    post: Statement,
    /// The server's process for this connection, when it runs on this machine.
    backend: u32,
    /// `PostgreSQL`'s own version.
    pub(crate) version: String,
}

impl Postgres {
    /// Makes the tables on the server at `url`, with so many accounts.
    pub(crate) fn new(url: &str, accounts: u32) -> Result<Self, NoFigure> {
        let mut config: Config = url.parse().map_err(said)?;
        let mut client = config.connect_timeout(PATIENCE).connect(NoTls).map_err(said)?;
        client.batch_execute(&schema()).map_err(said)?;
        let last = i32::try_from(accounts.saturating_sub(1)).map_err(|_| NoFigure::Postgres("too many accounts".to_owned()))?;
        client.execute("INSERT INTO account SELECT g, 0 FROM generate_series(0, $1) g", &[&last]).map_err(said)?;
        client.batch_execute("VACUUM ANALYZE account").map_err(said)?;
        // only a superuser may; without it the first rounds pay for the loading
        let _ = client.batch_execute("CHECKPOINT");
        let post = client.prepare("SELECT post($1, $2, $3, $4, $5, $6)").map_err(said)?;
        let row = client.query_one("SELECT pg_backend_pid(), current_setting('server_version')", &[]).map_err(said)?;
        let backend = u32::try_from(row.get::<_, i32>(0)).unwrap_or_default();
        Ok(Self { client, post, backend, version: row.get(1) })
    }
}

impl Contender for Postgres {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commit(&mut self, batch: &[Draft]) -> Result<(), NoFigure> {
        let number = |number: u32| i32::try_from(number).expect("accounts were counted when the tables were made");
        let ids: Vec<[u8; 16]> = batch.iter().map(|draft| draft.id.to_be_bytes()).collect();
        let ids: Vec<&[u8]> = ids.iter().map(|id| &id[..]).collect();
        let debits: Vec<i32> = batch.iter().map(|draft| number(draft.debit)).collect();
        let credits: Vec<i32> = batch.iter().map(|draft| number(draft.credit)).collect();
        let amounts: Vec<i64> = batch.iter().map(|draft| draft.amount).collect();
        let made = self.client.query_one(&self.post, &[&ids, &debits, &credits, &amounts, &i32::from(CODE), &AT]).map_err(said)?;
        let made: i64 = made.get(0);
        if made.cast_unsigned() == batch.len() as u64 {
            Ok(())
        } else {
            Err(NoFigure::differs(NAME, format!("{made} postings made of {}", batch.len())))
        }
    }

    fn prove(&mut self, postings: u64) -> Result<(), NoFigure> {
        let sql = "SELECT (SELECT sum(balance)::bigint FROM account), (SELECT count(*) FROM posting)";
        let row = self.client.query_one(sql, &[]).map_err(said)?;
        let found: (i64, i64) = (row.get(0), row.get(1));
        if found == (0, postings.cast_signed()) {
            Ok(())
        } else {
            Err(NoFigure::differs(NAME, format!("sum and postings are {found:?}; {postings} were made")))
        }
    }

    fn file_bytes(&mut self) -> u64 {
        let sql = "SELECT (pg_total_relation_size('account') + pg_total_relation_size('posting'))::bigint";
        self.client.query_one(sql, &[]).map_or(0, |row| row.get::<_, i64>(0).cast_unsigned())
    }

    fn beside(&self) -> Used {
        used_by(self.backend).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // the next measurement drops what stays here
        let _ = self.client.batch_execute("DROP SCHEMA IF EXISTS kabao_measure CASCADE");
    }
}

/// An error in words: `PostgreSQL`'s own where it gave some.
#[expect(clippy::needless_pass_by_value, reason = "used as a map_err function")]
fn said(error: ::postgres::Error) -> NoFigure {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    NoFigure::Postgres(format!("{error}{cause}"))
}
