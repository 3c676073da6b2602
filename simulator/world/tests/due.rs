//! What falls due, under random codes, tokens, cards and jumps of time, against a list that is searched from its beginning.
//!
//! The list shares nothing with the agenda: it asks of everything, each time, whether it is over and was not told yet.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use proptest::prelude::*;
use world::card::{CardOpened, CardReleased, CardRestated, Leave, Statement, ValidUntil};
use world::consent::{CodeSpent, ConsentWithdrawn, Grant, GrantsForgotten, Token};
use world::customer::{Customer, Profile};
use world::due::{CardExpired, CodeRanOut, TokenRanOut};
use world::merchant::Merchant;
use world::programme::{ChangeApplied, ChangePutOff, CodeKind, Numbering, ProgrammeCreated, ProgrammeModified, Terms};
use world::{Event, Moment, World};

#[derive(Clone, Debug)]
enum Step {
    Code { expires: i64 },
    Token { expires: i64, refresh: i64 },
    Card { until: Option<i64> },
    Restate { card: usize, until: i64 },
    Release { card: usize },
    Spend { code: usize },
    Withdraw,
    PutOff { due: i64 },
    Forget,
    Pass { until: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..100_i64;
    prop_oneof![
        3 => at.clone().prop_map(|expires| Step::Code { expires }),
        3 => (at.clone(), at.clone()).prop_map(|(expires, refresh)| Step::Token { expires, refresh }),
        2 => proptest::option::of(at.clone()).prop_map(|until| Step::Card { until }),
        2 => (0..6_usize, at.clone()).prop_map(|(card, until)| Step::Restate { card, until }),
        1 => (0..6_usize).prop_map(|card| Step::Release { card }),
        1 => (0..8_usize).prop_map(|code| Step::Spend { code }),
        1 => Just(Step::Withdraw),
        1 => at.clone().prop_map(|due| Step::PutOff { due }),
        1 => Just(Step::Forget),
        4 => at.prop_map(|until| Step::Pass { until }),
    ]
}

/// What will fall due, as the list keeps it: when, what, and whether it is over.
#[derive(Clone, Debug)]
struct Line {
    due: i64,
    event: Event,
    of: Of,
    over: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Of {
    Code(usize),
    Token(i64),
    Card(usize),
    Change,
}

fn terms() -> Terms {
    Terms {
        numbering: Numbering { prefix: String::new(), digits: 10 },
        columns: Vec::new(),
        levels: Vec::new(),
        rules: Vec::new(),
        code: CodeKind::None,
        notify_url: None,
        notify_app: None,
    }
}

#[derive(Default)]
struct Town {
    world: World,
    history: Vec<(Moment, Event)>,
    lines: Vec<Line>,
    now: i64,
    made: usize,
    cards: usize,
}

impl Town {
    fn new() -> Self {
        let mut town = Self::default();
        town.take(Merchant { id: "M".into(), name: String::new() });
        town.take(Customer::new("U", &Profile::default()));
        for programme in 0..64 {
            town.take(ProgrammeCreated {
                programme: format!("P{programme}").into(),
                merchant: "M".into(),
                app: "A".into(),
                request_id: programme.to_string(),
                document: "{}".into(),
                terms: terms(),
            });
        }
        town
    }

    fn take(&mut self, event: impl Into<Event>) {
        let event = event.into();
        self.world.apply(Moment(self.now), &event, &[]);
        self.history.push((Moment(self.now), event));
    }

    fn line(&mut self, due: i64, event: impl Into<Event>, of: Of) {
        self.lines.push(Line { due, event: event.into(), of, over: false });
    }

    fn strike(&mut self, of: Of) {
        self.lines.iter_mut().filter(|line| line.of == of).for_each(|line| line.over = true);
    }

    fn card(&mut self, card: usize) -> Option<world::names::CardNumber> {
        self.world.cards().iter().nth(card).map(|card| card.number.clone())
    }

    #[expect(clippy::too_many_lines, reason = "one arm a step")]
    fn play(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let number = self.made;
        self.made += 1;
        match step {
            Step::Code { expires } => {
                let code = world::names::AuthCode::from(format!("c{number}"));
                self.take(Grant {
                    code: code.clone(),
                    user: "U".into(),
                    app: "A".into(),
                    scopes: Vec::new(),
                    submission: None,
                    at: Moment(self.now),
                    expires: Moment(*expires),
                    spent: None,
                    ran_out: false,
                });
                self.line(*expires, CodeRanOut { code }, Of::Code(number));
            }
            Step::Token { expires, refresh } => {
                let access = world::names::AccessToken::from(format!("a{number}"));
                self.take(Token {
                    access: access.clone(),
                    refresh: format!("r{number}").into(),
                    user: "U".into(),
                    app: "A".into(),
                    scopes: Vec::new(),
                    submission: None,
                    from: Moment(self.now),
                    expires: Moment(*expires),
                    refresh_expires: Moment(*refresh),
                    ended: None,
                    ran_out: false,
                    refresh_ran_out: false,
                });
                let ends = Of::Token(*expires.max(refresh));
                self.line(*expires, TokenRanOut { access: access.clone(), refresh: false }, ends);
                self.line(*refresh, TokenRanOut { access, refresh: true }, ends);
            }
            Step::Card { until } => {
                let card = world::names::CardNumber::from(format!("k{number}"));
                self.take(CardOpened {
                    card: card.clone(),
                    programme: format!("P{}", self.cards).into(),
                    user: "U".into(),
                    external: format!("e{number}"),
                    serial: format!("s{number}"),
                    opening: 0,
                    opened: Moment(self.now),
                    valid_until: until.map(|until| ValidUntil::Moment(Moment(until))),
                    stated: Statement::default(),
                    channel: None,
                    channel_id: None,
                    member: None,
                });
                if let Some(until) = until {
                    self.line(until + 1, CardExpired { card }, Of::Card(self.cards));
                }
                self.cards += 1;
            }
            Step::Restate { card, until } => {
                let Some(number) = self.card(*card).filter(|number| self.world.cards().get(number).unwrap().held().is_ok()) else {
                    return Ok(());
                };
                let stated = Statement { valid_until: Some(ValidUntil::Moment(Moment(*until))), ..Statement::default() };
                self.take(CardRestated { card: number.clone(), moved_to: None, occurred: Moment(0), stated, told: None });
                self.strike(Of::Card(*card));
                self.line(until + 1, CardExpired { card: number }, Of::Card(*card));
            }
            Step::Release { card } => {
                let Some(number) = self.card(*card) else { return Ok(()) };
                self.take(CardReleased { card: number, leave: Leave::Unbound, serial: None, receipt: String::new() });
                self.strike(Of::Card(*card));
            }
            Step::Spend { code } => {
                let Some(spent) = self.world.grants().iter().nth(*code).map(|grant| grant.code.clone()) else { return Ok(()) };
                self.take(CodeSpent { code: spent.clone() });
                self.strike(Of::Code(spent.as_str()[1..].parse().unwrap()));
            }
            Step::Withdraw => {
                self.take(ConsentWithdrawn { user: "U".into(), app: "A".into() });
                self.lines.iter_mut().filter(|line| matches!(line.of, Of::Token(_))).for_each(|line| line.over = true);
            }
            Step::PutOff { due } => {
                let modified = ProgrammeModified { programme: "P0".into(), document: format!("{number}").into(), terms: terms() };
                let change = self.world.next_change();
                self.take(ChangePutOff { number: change, due: Moment(*due), modified: modified.clone() });
                self.line(*due, ChangeApplied { number: change, modified }, Of::Change);
            }
            Step::Forget => {
                let before = self.now - 10;
                self.take(GrantsForgotten { before: Moment(before) });
                for line in &mut self.lines {
                    line.over |= match line.of {
                        Of::Code(_) => line.due < before,
                        Of::Token(ends) => ends < before,
                        Of::Card(_) | Of::Change => false,
                    };
                }
            }
            Step::Pass { until } => self.pass(*until)?,
        }
        Ok(())
    }

    /// Runs what is due, and compares it with what the list says is due, moment by moment.
    fn pass(&mut self, until: i64) -> Result<(), TestCaseError> {
        let mut waiting: Vec<i64> = self.lines.iter().filter(|line| !line.over).map(|line| line.due).collect();
        waiting.sort_unstable();
        waiting.truncate(3);
        prop_assert_eq!(self.world.upcoming(3).iter().map(|one| one.at.0).collect::<Vec<_>>(), waiting, "what is told as due next");
        while let Some(due) = self.world.next_due(Moment(i64::MIN)).filter(|due| due.0 <= until) {
            let expected = self.lines.iter().filter(|line| !line.over).map(|line| line.due).min();
            prop_assert_eq!(Some(due.0), expected, "something else is due first");
            // what is late runs at once with all else that is late by then
            let at = due.0.max(self.now);
            self.now = at;
            let step = self.world.decide_due(Moment(at));
            prop_assert!(!step.entries.is_empty());
            for (event, _) in step.entries {
                let line = self.lines.iter_mut().find(|line| !line.over && line.event == event);
                prop_assert!(line.is_some(), "{event:?} ran and was not due");
                let line = line.unwrap();
                prop_assert!(line.due <= at, "{line:?} ran early, at {at}");
                line.over = true;
                self.take(event);
            }
        }
        let left = self.lines.iter().find(|line| !line.over && line.due <= until);
        prop_assert!(left.is_none(), "{left:?} was due by {until} and did not run");
        self.now = self.now.max(until);
        Ok(())
    }
}

proptest! {
    #[test]
    fn everything_runs_once_when_it_is_due_and_a_restored_world_knows_what_is_left(steps in proptest::collection::vec(step(), 1..60)) {
        let mut town = Town::new();
        for step in &steps {
            town.play(step)?;
        }
        let mut again = World::default();
        for (at, event) in &town.history {
            again.replay(*at, &Event::read(event.kind(), &event.body()).unwrap(), &[]).unwrap();
        }
        let chunks: Vec<_> = town.world.freeze().chunks().collect();
        let restored = World::restore(chunks.into_iter().map(Ok::<_, ()>)).unwrap().unwrap();
        for mut other in [again, restored] {
            loop {
                let (one, two) = (town.world.next_due(Moment(i64::MIN)), other.next_due(Moment(i64::MIN)));
                prop_assert_eq!(one, two);
                let Some(at) = one else { break };
                let step = other.decide_due(at);
                prop_assert_eq!(&step.entries, &town.world.decide_due(at).entries);
                for (event, _) in &step.entries {
                    other.apply(at, event, &[]);
                    town.world.apply(at, event, &[]);
                }
            }
            town.world = World::default();
            for (at, event) in &town.history {
                town.world.apply(*at, event, &[]);
            }
        }
    }
}
