//! Histories at random: what clients do, side by side and one after another, on several replicas.

use super::calls::{Client, Fault, Limit};
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Range;

pub(crate) const FAMILIES: u64 = 3;
/// The families of devices.
pub(crate) const DEVICES: Range<u64> = FAMILIES..FAMILIES + 2;
pub(crate) const KEYS: u8 = 2;

/// Something that a client does. What it presents is found when it is done, among what is known by then.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Put { family: u64 },
    PutDevice { family: u64 },
    Poll { family: u64, client: Client, counts: bool },
    Decide { family: u64, allows: bool },
    Redeem { family: u64, client: Client, fault: Fault, variant: u8 },
    Rotate { family: u64, back: usize, client: Client, fault: Fault, next: Next },
    Spend { family: u64, token: u8, rotate: bool },
    RevokeFamily { family: u64 },
    RevokeHandle { family: u64, back: usize, client: Client },
    RevokeToken { family: u64, token: u8 },
    IsRevoked { family: u64, token: u8 },
    Hit { key: u8 },
    Undo { back: usize },
    Repeat { back: usize },
}

/// What a rotation asks to put in the handle's place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Nothing: handles are reused.
    Same,
    /// One of the successors that are derived from it; the issuer knows one, a store must not rely on that.
    Derived(u8),
}

/// An action with the replica that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) action: Action,
    pub(crate) replica: usize,
    /// How far the moment of its clock lies behind: it was read before the call came to its turn. Milliseconds.
    pub(crate) late: i64,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// So many milliseconds pass.
    Pass(i64),
    /// These run side by side. Of the first replies, so many are lost where the network may lose any.
    Together { moves: Vec<Move>, lost: u64 },
}

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) limit: Limit,
    /// Of rotations, seconds.
    pub(crate) grace: i64,
    /// Whether chains are known.
    pub(crate) linked: bool,
    pub(crate) steps: Vec<Step>,
}

fn action() -> impl Strategy<Value = Action> {
    let family = || 0..FAMILIES;
    // Of what comes of codes and devices alike.
    let any = || prop_oneof![3 => family(), 1 => DEVICES];
    let client = || prop_oneof![7 => Just(Client::Owner), 1 => Just(Client::Stranger)];
    let fault = || {
        let other =
            prop::sample::select(vec![Fault::Family, Fault::Redirect, Fault::Verifier, Fault::Scope, Fault::Asks]);
        prop_oneof![7 => Just(Fault::None), 1 => other]
    };
    // Most often such that no use of the others is forgotten: that ends the family.
    let token = || prop_oneof![6 => 1..3_u8, 1 => 3..6_u8];
    let variant = || prop_oneof![4 => Just(0), 1 => Just(1_u8)];
    let next = prop_oneof![1 => Just(Next::Same), 9 => variant().prop_map(Next::Derived)];
    // The newest handle more often than older ones.
    let back = || prop_oneof![3 => Just(0_usize), 2 => Just(1), 1 => 2..5_usize];
    prop_oneof![
        2 => family().prop_map(|family| Action::Put { family }),
        1 => DEVICES.prop_map(|family| Action::PutDevice { family }),
        3 => (DEVICES, client(), prop::bool::weighted(0.8))
            .prop_map(|(family, client, counts)| Action::Poll { family, client, counts }),
        2 => (DEVICES, prop::bool::weighted(0.8))
            .prop_map(|(family, allows)| Action::Decide { family, allows }),
        6 => (any(), client(), fault(), variant())
            .prop_map(|(family, client, fault, variant)| Action::Redeem { family, client, fault, variant }),
        9 => (any(), back(), client(), fault(), next)
            .prop_map(|(family, back, client, fault, next)| Action::Rotate { family, back, client, fault, next }),
        3 => (family(), token(), prop::bool::weighted(0.8))
            .prop_map(|(family, token, rotate)| Action::Spend { family, token, rotate }),
        1 => any().prop_map(|family| Action::RevokeFamily { family }),
        1 => (any(), back(), client())
            .prop_map(|(family, back, client)| Action::RevokeHandle { family, back, client }),
        1 => (family(), 0..2_u8).prop_map(|(family, token)| Action::RevokeToken { family, token }),
        2 => (family(), 0..2_u8).prop_map(|(family, token)| Action::IsRevoked { family, token }),
        9 => (0..KEYS).prop_map(|key| Action::Hit { key }),
        2 => (0..4_usize).prop_map(|back| Action::Undo { back }),
        5 => (0..6_usize).prop_map(|back| Action::Repeat { back }),
    ]
}

fn one_move() -> impl Strategy<Value = Move> {
    let late = prop_oneof![4 => Just(0_i64), 1 => 1..20_i64];
    (action(), 0..3_usize, late).prop_map(|(action, replica, late)| Move { action, replica, late })
}

/// Up to four calls side by side: any, or the same one by as many clients.
fn group() -> impl Strategy<Value = Vec<Move>> {
    let rush = (one_move(), 2..=4_usize)
        .prop_map(|(one, times)| (0..times).map(|replica| Move { replica, ..one.clone() }).collect());
    prop_oneof![2 => vec(one_move(), 1..=4), 1 => rush]
}

fn step() -> impl Strategy<Value = Step> {
    let pass = prop_oneof![
        3 => 0..50_i64,
        2 => 400..1_100_i64,
        // About the ends of windows and of the grace.
        4 => (1..=3_i64, -10..=10_i64).prop_map(|(seconds, millis)| 1000 * seconds + millis),
        1 => 9_980..10_020_i64,
        1 => 100_000..400_000_i64,
    ];
    let lost = prop_oneof![1 => Just(0_u64), 3 => Just(1), 1 => Just(2)];
    prop_oneof![
        1 => pass.prop_map(Step::Pass),
        2 => (group(), lost).prop_map(|(moves, lost)| Step::Together { moves, lost }),
    ]
}

pub(crate) fn history() -> impl Strategy<Value = History> {
    let limit = (1..=3_u32, 1..=3_u32).prop_map(|(count, window)| Limit { count, window });
    let grace = prop_oneof![Just(0_i64), Just(10)];
    (limit, grace, prop::bool::weighted(0.7), vec(step(), 1..30)).prop_map(|(limit, grace, linked, steps)| History {
        limit,
        grace,
        linked,
        steps,
    })
}
