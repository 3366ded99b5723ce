//! Tokens that are answered as expired though their time is not over, because somebody said so.
//!
//! Each call that expires tokens is a generation of its mount. A token says in its identifier under which one it was
//! issued ([`crate::ids`]), so that what was out before a call is told from what is issued after it, whatever the clock.

use crate::ids;
use crate::state::{FamilyId, Moment};
use arc_swap::ArcSwap;
use grant::{ClientId, Refusal, RefusalKind, TokenFacts, TokenFault};
use std::collections::{HashMap, HashSet};

/// Why a token that was expired does not hold.
pub(crate) const EXPIRED: &str = "the token was expired by a call of the admin API";

/// Which tokens of a mount: those that have all that is named; with nothing named, every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    /// Those of a client.
    pub client_id: Option<String>,
    /// Those that speak for a user, by `sub`.
    pub user: Option<String>,
    /// The access or ID token of that `jti`; of refresh tokens, those of its family.
    pub jti: Option<String>,
}

/// A call that expires tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The generation that begins with it.
    pub generation: u32,
    /// When, seconds since the epoch: it tells of tokens whose identifier is not the gateway's.
    pub at: i64,
    /// Whether refresh tokens are expired too.
    pub refresh: bool,
}

/// What was expired of a mount's tokens.
#[derive(Debug, Default)]
pub struct Expiry(ArcSwap<Marks>);

#[derive(Clone, Debug, Default)]
struct Marks {
    /// The last generation that is known of.
    generation: u32,
    access: Index,
    refresh: Index,
}

impl Expiry {
    /// The last generation there can be.
    pub const LAST: u32 = ids::LAST_GENERATION;

    /// The last generation that is known of: tokens are issued under it.
    pub fn generation(&self) -> u32 {
        self.0.load().generation
    }

    /// How many marks there are.
    pub fn len(&self) -> usize {
        self.0.load().access.marks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Notes that a generation has begun.
    pub fn begin(&self, generation: u32) {
        self.0.rcu(|marks| {
            let mut marks = Marks::clone(marks);
            marks.generation = marks.generation.max(generation);
            marks
        });
    }

    /// Puts a mark in force.
    pub fn put(&self, selector: &Selector, mark: Mark) {
        self.0.rcu(|marks| {
            let mut marks = Marks::clone(marks);
            marks.put(selector, mark);
            marks
        });
    }

    /// Puts these marks in force in place of all before. A generation that has begun does not begin again.
    pub fn replace(&self, generation: u32, all: &[(Selector, Mark)]) {
        self.0.rcu(|before| {
            let mut marks = Marks { generation: before.generation.max(generation), ..Marks::default() };
            for (selector, mark) in all {
                marks.put(selector, *mark);
            }
            marks
        });
    }

    /// Takes away the mark of a selector, of refresh tokens or of the others.
    pub fn forget(&self, selector: &Selector, refresh: bool) {
        self.0.rcu(|marks| {
            let mut marks = Marks::clone(marks);
            marks.index(refresh).remove(&of(selector, refresh));
            marks
        });
    }
}

impl Marks {
    fn put(&mut self, selector: &Selector, mark: Mark) {
        self.generation = self.generation.max(mark.generation);
        self.index(false).put(of(selector, false), mark);
        if mark.refresh {
            self.index(true).put(of(selector, true), mark);
        }
    }

    const fn index(&mut self, refresh: bool) -> &mut Index {
        if refresh { &mut self.refresh } else { &mut self.access }
    }
}

/// The selector as it is looked up.
fn of(selector: &Selector, refresh: bool) -> Selector {
    let jti = selector.jti.as_deref().map(|jti| if refresh { family(jti) } else { jti.to_owned() });
    Selector { jti, ..selector.clone() }
}

/// The family of a refresh token's or access token's identifier, as a text; of one that is not the gateway's, itself.
fn family(jti: &str) -> String {
    ids::family_of_token_id(jti).map_or_else(|| jti.to_owned(), name_of)
}

fn name_of(family: FamilyId) -> String {
    format!("{:015x}", family.0)
}

/// Marks by what they select.
#[derive(Clone, Debug, Default)]
struct Index {
    marks: HashMap<Selector, Mark>,
    /// Which of client, user and identifier the selectors name: so many are looked up, however many marks there are.
    shapes: HashSet<[bool; 3]>,
}

impl Index {
    fn put(&mut self, selector: Selector, mark: Mark) {
        self.shapes.insert([selector.client_id.is_some(), selector.user.is_some(), selector.jti.is_some()]);
        let kept = self.marks.entry(selector).or_insert(mark);
        if kept.generation < mark.generation {
            *kept = mark;
        }
    }

    fn remove(&mut self, selector: &Selector) {
        self.marks.remove(selector);
    }

    /// The marks of a token with these features.
    fn of(&self, token: [Option<&str>; 3]) -> impl Iterator<Item = &Mark> {
        self.shapes.iter().filter_map(move |shape| {
            let feature = |n: usize| token[n].filter(|_| shape[n]).map(str::to_owned);
            let selector = Selector { client_id: feature(0), user: feature(1), jti: feature(2) };
            self.marks.get(&selector)
        })
    }
}

/// A refresh token, as far as it is asked about.
pub(crate) struct Refreshing<'a> {
    pub(crate) client: &'a ClientId,
    pub(crate) user: &'a str,
    pub(crate) family: FamilyId,
    /// Under which generation its chain began.
    pub(crate) generation: u32,
}

impl Expiry {
    /// Refuses a token that was expired. `issued_at` tells of one whose identifier is not the gateway's.
    pub(crate) fn check(&self, facts: &TokenFacts, issued_at: Option<i64>) -> Result<(), Refusal> {
        let marks = self.0.load();
        if marks.access.shapes.is_empty() {
            return Ok(());
        }
        let (id, user) = (facts.token_id.as_deref(), facts.is_user.then_some(&*facts.subject));
        let client = facts.client_id.as_ref().map(ClientId::as_str);
        let is_out = |mark: &Mark| match id.and_then(ids::generation_of_token_id) {
            Some(generation) => marks.is_before(generation, mark),
            None => issued_at.is_none_or(|at| at < mark.at),
        };
        if marks.access.of([client, user, id]).any(is_out) {
            return Err(Refusal::new(RefusalKind::InvalidToken(TokenFault::Expired), EXPIRED));
        }
        Ok(())
    }

    /// Refuses a refresh token that was expired.
    pub(crate) fn check_refresh(&self, token: &Refreshing<'_>) -> Result<(), Refusal> {
        let marks = self.0.load();
        if marks.refresh.shapes.is_empty() {
            return Ok(());
        }
        let family = name_of(token.family);
        let mut found = marks.refresh.of([Some(token.client.as_str()), Some(token.user), Some(&family)]);
        if found.any(|mark| marks.is_before(token.generation, mark)) {
            return Err(Refusal::invalid_grant("the refresh token was expired by a call of the admin API"));
        }
        Ok(())
    }
}

impl Marks {
    /// Whether a token was out before a mark. One of a generation that has not begun here has its identifier from
    /// before there were any.
    const fn is_before(&self, generation: u32, mark: &Mark) -> bool {
        generation < mark.generation || generation > self.generation
    }
}

/// The mark that a call at that moment makes.
impl Mark {
    /// A mark made now.
    pub const fn new(generation: u32, now: Moment, refresh: bool) -> Self {
        Self { generation, at: now.seconds(), refresh }
    }
}
