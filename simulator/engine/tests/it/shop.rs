//! A card programme small enough to read, over a log in memory; and a log whose disk fails when told.

use engine::{Call, Engine, KeyStore, NewSandbox, Sandbox};
use log::{Log, Memory};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use world::accounts::instructions;
use world::card::{CardOpened, CardRestated, Statement};
use world::clock::Clock;
use world::customer::{Customer, Profile};
use world::merchant::{App, Era, Merchant};
use world::names::{CardNumber, MerchantId};
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Figure, Moment};

pub(crate) fn engine(log: &Arc<Memory>) -> Arc<Engine> {
    let keys = Arc::new(KeyStore::open(None).unwrap());
    Arc::new(Engine::open(log.clone() as Arc<dyn Log>, keys).unwrap())
}

pub(crate) fn shop(name: &str, seed: u64) -> (NewSandbox, impl FnOnce(&mut Call<'_>) + use<>) {
    let app = format!("9021{name:0>12}");
    let found = move |call: &mut Call<'_>| {
        call.record(Merchant { id: "2088000000000001".into(), name: "tea house".to_owned() });
        let keyless = App {
            id: app.into(),
            merchant: "2088000000000001".into(),
            name: "till".to_owned(),
            app_key: String::new(),
            platform_key: String::new(),
            callback: String::new(),
            era: Era::UserId,
            security: std::sync::Arc::default(),
            kind: world::merchant::AppKind::Merchant,
        };
        call.record(keyless);
        call.record(ProgrammeCreated {
            programme: "T".into(),
            merchant: "2088000000000001".into(),
            app: "till".into(),
            request_id: "r1".to_owned(),
            document: "{}".into(),
            terms: Terms {
                numbering: Numbering { prefix: "tea".to_owned(), digits: 10 },
                columns: vec!["POINT".to_owned()],
                levels: Vec::new(),
                rules: Vec::new(),
                code: CodeKind::StaticQr,
                notify_url: None,
                notify_app: None,
            },
        });
    };
    (NewSandbox { name: name.to_owned(), seed, published_keys: true, clock: Clock::Stopped { at: Moment(1_700_000_000_000) } }, found)
}

pub(crate) fn open_card(sandbox: &Sandbox, number: u64) {
    let user = format!("2088{number:012}");
    let card = CardOpened {
        card: format!("tea{number:010}").into(),
        programme: "T".into(),
        user: user.as_str().into(),
        external: format!("m{number}"),
        serial: format!("s{number}"),
        opening: number,
        opened: Moment(1_700_000_000_000),
        valid_until: None,
        stated: Statement::default(),
        channel: None,
        channel_id: None,
        member: None,
    };
    let ran = sandbox.run(|call| {
        let profile = Profile { name: "李雷".into(), mobile: "13800138000".into(), ..Profile::default() };
        call.record(Customer::new(user.as_str(), &profile));
        call.record(card);
    });
    ran.unwrap().settled_blocking().unwrap();
}

pub(crate) fn state_points(sandbox: &Sandbox, number: u64, points: &str) {
    let card: CardNumber = format!("tea{number:010}").into();
    let stated = Statement { points: Some(Figure::parse(points).unwrap()), ..Statement::default() };
    let ran = sandbox.run(|call| {
        let merchant: MerchantId = "2088000000000001".into();
        let postings = instructions(&card, &merchant, &stated, || call.posting_id());
        let restated = CardRestated { card: card.clone(), moved_to: None, occurred: call.now(), stated: stated.clone(), told: None };
        call.record_and_post(restated, &postings).unwrap();
    });
    ran.unwrap().settled_blocking().unwrap();
}

pub(crate) fn points(sandbox: &Sandbox, number: u64) -> Option<String> {
    sandbox.look(|world, _| {
        let card = world.cards().get(&format!("tea{number:010}").into())?;
        world.points(&card).map(|points| points.to_string())
    })
}

pub(crate) fn open(engine: &Engine, name: &str, seed: u64) -> Arc<Sandbox> {
    let (new, found) = shop(name, seed);
    engine.create(&new, found).unwrap()
}

/// More appends than any test has.
const HEALTHY: i64 = i64::MAX / 2;

/// A log whose disk fails from the `n`-th append on, or when the outcome of the `n`-th attempt of a notice is to be kept.
pub(crate) struct Failing {
    pub(crate) inner: Arc<Memory>,
    /// So many appends and renames succeed yet.
    pub(crate) left: AtomicI64,
    /// So many appends with such an outcome succeed yet.
    pub(crate) tried_left: AtomicI64,
}

impl Failing {
    /// A healthy disk.
    pub(crate) fn over(inner: Arc<Memory>) -> Self {
        Self { inner, left: HEALTHY.into(), tried_left: HEALTHY.into() }
    }

    /// Nothing is kept from now on.
    pub(crate) fn fail(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    /// The outcomes of so many more attempts are kept, and no other.
    pub(crate) fn fail_at_tried(&self, left: usize) {
        self.tried_left.store(i64::try_from(left).unwrap(), Ordering::SeqCst);
    }

    /// The disk is well again.
    pub(crate) fn heal(&self) {
        self.left.store(HEALTHY, Ordering::SeqCst);
        self.tried_left.store(HEALTHY, Ordering::SeqCst);
    }

    fn step_at(left: &AtomicI64) -> Result<(), log::Broken> {
        if left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            // long enough for whoever does not wait for the disk to show it
            std::thread::sleep(std::time::Duration::from_millis(100));
            return Err(log::Broken::Full { file: "kabao.db".into(), cause: "no space left on device".into() });
        }
        Ok(())
    }

    fn step(&self) -> Result<(), log::Broken> {
        Self::step_at(&self.left)
    }
}

impl Log for Failing {
    fn claim(&self, sandbox: &log::SandboxId) -> Result<log::Claim, log::Broken> {
        self.inner.claim(sandbox)
    }
    fn append(&self, group: &[log::Batch]) -> Result<Vec<log::Appended>, log::Broken> {
        self.step()?;
        if group.iter().flat_map(|batch| &batch.entries).any(|entry| entry.kind == "notice_tried") {
            Self::step_at(&self.tried_left)?;
        }
        self.inner.append(group)
    }
    fn scan(
        &self,
        sandbox: &log::SandboxId,
        from: log::Sequence,
        visit: &mut dyn FnMut(log::Record<'_>) -> std::ops::ControlFlow<()>,
    ) -> Result<(), log::Broken> {
        self.inner.scan(sandbox, from, visit)
    }
    fn account(
        &self,
        sandbox: &log::SandboxId,
        account: world::ledger::AccountId,
        after: Option<log::RowPlace>,
        visit: &mut dyn FnMut(log::RowPlace, &world::ledger::Row) -> std::ops::ControlFlow<()>,
    ) -> Result<(), log::Broken> {
        self.inner.account(sandbox, account, after, visit)
    }
    fn blob(&self, hash: log::BlobHash) -> Result<Option<Arc<[u8]>>, log::Broken> {
        self.inner.blob(hash)
    }
    fn sandboxes(&self) -> Result<Vec<log::SandboxId>, log::Broken> {
        self.inner.sandboxes()
    }
    fn drop_sandbox(&self, sandbox: &log::SandboxId) -> Result<(), log::Broken> {
        self.inner.drop_sandbox(sandbox)
    }
    fn rename(&self, from: &log::SandboxId, to: &log::SandboxId) -> Result<(), log::Broken> {
        self.step()?;
        self.inner.rename(from, to)
    }
    fn write_snapshot(
        &self,
        sandbox: &log::SandboxId,
        next: log::Sequence,
        chain: log::Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), log::Broken> {
        self.inner.write_snapshot(sandbox, next, chain, chunks)
    }
    fn read_snapshot(&self, sandbox: &log::SandboxId) -> Result<Option<log::Snapshot<'_>>, log::Broken> {
        self.inner.read_snapshot(sandbox)
    }
    fn old_keys(&self, sandbox: &log::SandboxId) -> Result<Option<Arc<dyn log::OldKeys>>, log::Broken> {
        self.inner.old_keys(sandbox)
    }
    fn verify(&self, sandbox: &log::SandboxId) -> Result<log::Verdict, log::Broken> {
        self.inner.verify(sandbox)
    }
}
