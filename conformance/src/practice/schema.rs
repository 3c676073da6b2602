//! What stands in the books. Amounts are fen, moments milliseconds since 1970, `occur_time` as the platform writes times.

/// The tables; the same text begins new books and finds old ones as they are.
pub(super) const SCHEMA: &str = "
-- what there is one of: the template, its link, the provider's token, the number of these books
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- one mobile number, one member; the external number belongs to its member for ever
CREATE TABLE IF NOT EXISTS member (
    id INTEGER PRIMARY KEY, name TEXT, mobile TEXT UNIQUE, points INTEGER NOT NULL, external_card_no TEXT NOT NULL UNIQUE,
    biz_card_no TEXT UNIQUE, card TEXT NOT NULL, user_id TEXT UNIQUE, open_id TEXT UNIQUE, joined_at TEXT NOT NULL) STRICT;

-- every change of points, in order: a member's points are the sum of these; `sync` says whether the card was told
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, member INTEGER NOT NULL REFERENCES member (id), kind TEXT NOT NULL, ref TEXT NOT NULL,
    points INTEGER NOT NULL, total INTEGER NOT NULL, told INTEGER NOT NULL, occur_time TEXT NOT NULL,
    sync TEXT NOT NULL, updated INTEGER NOT NULL DEFAULT 0, reason TEXT, UNIQUE (kind, ref)) STRICT;
CREATE INDEX IF NOT EXISTS entry_of_member ON entry (member, sync);

-- how customers came in: by callback, or asked for by the platform (fast flow: request_id is its out_serial_no)
CREATE TABLE IF NOT EXISTS attempt (
    request_id TEXT PRIMARY KEY, flow TEXT NOT NULL, code TEXT, template_id TEXT NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    token TEXT, user_id TEXT, open_id TEXT, name TEXT, mobile TEXT, formed INTEGER NOT NULL DEFAULT 0,
    member INTEGER REFERENCES member (id), met_before INTEGER NOT NULL DEFAULT 0, serial TEXT UNIQUE, asked_ms INTEGER, notices_before INTEGER, points INTEGER,
    status TEXT NOT NULL, message TEXT NOT NULL, biz_card_no TEXT, already_member INTEGER, reason TEXT) STRICT;

-- written before the platform is asked for money; one sale_no, one trade
CREATE TABLE IF NOT EXISTS sale (
    id INTEGER PRIMARY KEY, sale_no TEXT NOT NULL UNIQUE, content TEXT NOT NULL, amount INTEGER NOT NULL, payable INTEGER NOT NULL,
    kind TEXT NOT NULL, pay_code TEXT, member INTEGER REFERENCES member (id), biz_card_no TEXT, spent INTEGER NOT NULL,
    status TEXT NOT NULL, out_trade_no TEXT UNIQUE, trade_no TEXT, qr_code TEXT, bought INTEGER, occur_time TEXT NOT NULL,
    asked_ms INTEGER NOT NULL, queries INTEGER NOT NULL DEFAULT -1, answered INTEGER NOT NULL DEFAULT 0,
    give_up INTEGER NOT NULL DEFAULT 0, action TEXT, reason TEXT) STRICT;

CREATE TABLE IF NOT EXISTS refund (
    id INTEGER PRIMARY KEY, sale INTEGER NOT NULL REFERENCES sale (id), refund_no TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL,
    out_request_no TEXT NOT NULL UNIQUE, status TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, tried_ms INTEGER, reason TEXT) STRICT;

-- refunds that were asked for without an answer that settles what came of it: no refusal ends these
CREATE TABLE IF NOT EXISTS doubtful_refund (refund INTEGER PRIMARY KEY REFERENCES refund (id)) STRICT;

-- what the platform told by itself, believed or not; the newest of each are kept
CREATE TABLE IF NOT EXISTS notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT, notify_id TEXT, kind TEXT NOT NULL, out_trade_no TEXT, biz_card_no TEXT,
    believed INTEGER NOT NULL, why TEXT, came_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS notice_by_number ON notice (notify_id);

-- codes that this shop made for the cards of its members
CREATE TABLE IF NOT EXISTS code (
    value TEXT PRIMARY KEY, member INTEGER NOT NULL REFERENCES member (id), made_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
";
