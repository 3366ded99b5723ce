//! What every store does, as tests: one function for each behaviour, one line for each implementation.
//!
//! `store_suite!(name, open)` makes a module of tests; `open` is an expression of `async || -> Arc<dyn Store>` that
//! gives an empty store. `store_restart_suite!` takes one that, called again after the first store is dropped, gives
//! a store with the same content.
//!
//! All moments are of a frozen clock, so that a store which derives time anew sees the same.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test may stop at the first surprise")]
#![allow(missing_docs, reason = "each function is named for what it checks")]

pub mod assertions;
pub mod chains;
pub mod codes;
pub mod consents;
pub mod devices;
pub mod keys;
pub mod limits;
pub mod namespaces;
pub mod overrides;
pub mod pats;
pub mod refresh;
pub mod restart;
pub mod revocations;
pub mod scenarios;
pub mod sessions;
pub mod spends;
pub mod whole;

use grant::{Login, Scopes, Seconds};
use issuer::clock::ClockState;
use issuer::state::{CodeRecord, FamilyId, HandleHash, Moment, Realm, Redemption, RequestId, Rotation, Spend, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The present of most tests, seconds since the epoch.
pub const NOW: i64 = 1_715_861_418;

/// The tests of one implementation, as a module.
#[macro_export]
macro_rules! store_suite {
    ($name:ident, $open:expr) => {
        $crate::behaviours!($name, $open,
            codes: a_code_is_redeemed_once, a_code_is_redeemed_without_refresh_token_where_none_is_due,
                an_unknown_code_is_unknown, a_code_of_a_revoked_family_is_refused,
                t42_refusals_spend_nothing, n22_a_code_that_is_asked_about_is_not_spent, t44_a_code_expires,
                t41_a_replay_revokes_the_family, t47_a_strangers_replay_kills_nothing,
                f04_a_repeat_gets_the_first_outcome, a_spent_code_is_not_put_back,
                t43_of_concurrent_redemptions_one_is_granted, t48_a_narrowed_code_leaves_the_refresh_token_wide;
            devices: o44_a_device_is_allowed_once, o44_a_denied_device_gets_nothing, o44_a_device_that_polls_too_soon_waits_longer,
                o44_a_strangers_poll_changes_nothing, o44_a_device_ends, o44_a_family_is_one_devices_alone,
                o44_of_concurrent_decisions_one_holds, f04_a_repeat_of_a_poll_and_a_decision_gets_the_first_outcome,
                t54_devices_of_realms_are_apart;
            refresh: rotation_hands_on_the_terms, checks_come_in_order, t45_reuse_revokes_the_family,
                t47_a_stranger_kills_nothing, t48_wider_scope_spends_nothing,
                n22_a_handle_that_is_asked_about_is_not_spent, f11_grace_yields_the_same_successor,
                handles_can_be_reused, f04_a_repeated_rotation_gets_the_first_outcome,
                t46_concurrent_rotations_make_no_fork, t46_concurrent_rotations_within_grace_make_no_fork,
                t54_realms_are_apart;
            spends: a_token_is_spent_once, a_token_that_is_not_rotated_is_not_spent, grace_covers_a_repeat,
                f04_a_repeated_spend_is_granted, a_revoked_family_is_refused, tokens_and_families_are_apart,
                t46_of_concurrent_spends_one_is_granted;
            assertions: o41_an_assertion_is_good_once, o41_of_concurrent_uses_of_an_assertion_one_is_granted,
                o41_assertions_are_apart;
            chains: s12_a_forgotten_handle_is_reuse, s12_t47_what_is_none_of_the_past_kills_nothing,
                s12_the_last_uses_are_remembered, s12_any_handle_of_a_chain_revokes_it, s12_a_forgotten_token_is_reuse,
                s12_a_chain_goes_on_in_a_store_that_has_lost_it;
            revocations: t41_a_replayed_code_revokes_access_tokens, a_revoked_family_takes_its_access_tokens_with_it,
                one_access_token_is_revoked_alone, t55_a_handle_is_revoked_by_its_client_alone,
                any_handle_revokes_its_family, t54_revocations_of_realms_are_apart;
            namespaces: a_namespace_sees_its_own_state_alone, a_name_has_one_namespace_at_a_time;
            sessions: a_session_is_kept_whole, a_session_is_over_at_its_end, t58_a_session_replaces_the_one_before,
                a_users_sessions_come_newest_first, a_session_is_ended_by_its_user_alone, users_are_apart,
                t54_sessions_of_realms_are_apart, f04_a_repeat_brings_no_session_back;
            consents: a_consent_is_noted_over_the_one_before, what_is_remembered_stays_remembered,
                it_lives_as_long_as_its_longest_family, of_concurrent_notes_every_family_is_kept,
                a_withdrawn_consent_takes_its_families_with_it, families_of_others_stay, a_withdrawn_consent_starts_anew,
                a_users_consents_come_by_client, t54_consents_of_realms_are_apart;
            pats: a_token_is_kept_whole, an_ended_token_is_remembered, a_use_is_noted_once_in_a_step,
                a_users_tokens_come_newest_first, t56_a_revoked_token_is_dead_at_once,
                t56_no_use_brings_a_revoked_token_back,
                n32_of_concurrent_tokens_a_user_gets_as_many_as_may_be, a_token_is_revoked_by_its_user_alone,
                t54_tokens_of_realms_are_apart, f04_a_repeat_brings_no_token_back;
            keys: the_first_key_is_kept, keys_come_oldest_first, realms_have_keys_of_their_own,
                concurrent_inserts_end_with_one_key, f13_a_key_succeeds_the_others_of_its_kind,
                f13_of_concurrent_successors_one_is_the_last, f04_a_repeat_changes_no_key, a_key_is_forgotten;
            overrides: a_change_replaces_the_one_before, a_forgotten_change_is_gone, many_changes_are_made_in_one_step,
                n43_a_change_is_swapped_only_for_the_one_it_was_made_of, s04_a_change_is_collected_only_while_it_is_kept;
            scenarios: they_come_oldest_first_and_go_one_by_one, requests_are_counted_under_names_until_a_reset,
                concurrent_uses_are_counted_exactly,
                what_is_seen_is_counted_apart_from_what_is_used;
            limits: exactly_the_count_in_any_window, a_place_given_back_is_free, keys_and_realms_are_counted_apart,
                of_concurrent_hits_the_count_is_taken, it_agrees_with_a_naive_log, a_changed_limit_holds_at_once;
            whole: a_reset_keeps_keys_alone, it_answers_a_ping, it_shows_no_secret;
        );
    };
}

/// The tests of what outlives a restart, as a module.
#[macro_export]
macro_rules! store_restart_suite {
    ($name:ident, $open:expr) => {
        $crate::behaviours!($name, $open, restart: t49_spent_and_revoked_stay_dead,
            t49_what_users_ended_stays_ended, keys_and_overrides_stay, what_is_alive_stays_alive,
            what_users_have_stays_theirs, s04_devices_go_on_from_where_they_were, a_reset_stays_done;);
    };
}

/// A module of tests that call `suite::<group>::<behaviour>(open)`.
#[doc(hidden)]
#[macro_export]
macro_rules! behaviours {
    ($name:ident, $open:expr, $($group:ident: $($behaviour:ident),+;)+) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(mod $group {
                #[allow(unused_imports)]
                use super::*;
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    $crate::suite::$group::$behaviour($open).await;
                })+
            })+
        }
    };
}

/// A store as the tests hold it.
pub type Subject = Arc<dyn Store>;

/// A request id that no other call gets, in this process or another.
pub fn request() -> RequestId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    id[8..12].copy_from_slice(&std::process::id().to_be_bytes());
    RequestId(id)
}

/// The moment so many milliseconds after [`NOW`].
pub const fn millis(after: i64) -> Moment {
    let millis = NOW * 1000 + after;
    Moment { millis, clock: ClockState::Frozen(millis) }
}

/// The moment so many seconds after [`NOW`].
pub const fn seconds(after: i64) -> Moment {
    millis(after * 1000)
}

pub fn realm() -> Realm {
    Realm::of_mount("mount")
}

/// The hash of a handle that the number names.
pub fn handle(number: u64) -> HandleHash {
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    hash[8..16].copy_from_slice(&number.to_be_bytes());
    HandleHash(hash)
}

pub fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

/// A code of family `family` for client `web`: 300 seconds, and a refresh token of 1000.
pub fn code(family: u64) -> CodeRecord {
    CodeRecord {
        family: FamilyId(family),
        client_id: "web".to_owned(),
        redirect_uri: "https://client.test/cb".to_owned(),
        challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
        subject: "alice".to_owned(),
        scopes: scopes("openid profile"),
        login: Some(Login {
            sid: "S1D".to_owned(),
            auth_time: NOW - 5,
            nonce: Some("n-0S6".to_owned()),
            issuer: Some("http://idp:1/m".into()),
            ..Login::default()
        }),
        expires_at: NOW + 300,
        refresh_until: Some(NOW + 1000),
    }
}

/// The right redemption of [`code`] of family 1 under `handle`, at [`NOW`], recording `refresh`.
pub fn redemption(code: HandleHash, refresh: Option<HandleHash>) -> Redemption {
    Redemption {
        request: request(),
        moment: seconds(0),
        family: FamilyId(1),
        code,
        client_id: "web".into(),
        redirect_uri: "https://client.test/cb".to_owned(),
        challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
        scopes: None,
        refresh,
        spends: true,
    }
}

/// The right rotation of family 1's `token` at [`NOW`], without grace.
pub fn rotation(token: HandleHash, successor: HandleHash) -> Rotation {
    Rotation {
        request: request(),
        moment: seconds(0),
        family: FamilyId(1),
        token,
        link: None,
        client_id: "web".into(),
        successor: Some(successor),
        scopes: None,
        grace: Seconds(0),
    }
}

/// The same request for another family's.
pub trait OfFamily {
    /// For a handle of that family.
    fn of(self, family: u64) -> Self;
}

impl OfFamily for Redemption {
    fn of(self, family: u64) -> Self {
        Self { family: FamilyId(family), ..self }
    }
}

impl OfFamily for Rotation {
    fn of(self, family: u64) -> Self {
        Self { family: FamilyId(family), ..self }
    }
}

/// The spending of a token of a family that ends 1000 seconds after [`NOW`].
pub fn spend(family: u64, token_id: &str) -> Spend {
    Spend {
        request: request(),
        moment: seconds(0),
        family: FamilyId(family),
        token_id: token_id.to_owned(),
        link: None,
        expires_at: NOW + 1000,
        rotate: true,
        grace: Seconds(0),
    }
}

/// Puts [`code`] of a family and redeems it for the refresh handle `refresh`.
pub async fn redeemed(store: &Subject, family: u64, refresh: HandleHash) {
    use issuer::state::RedeemOutcome;
    let code_handle = handle(1_000_000 + family);
    store.put_code(&realm(), code_handle, code(family)).await.unwrap();
    let attempt = redemption(code_handle, Some(refresh)).of(family);
    let outcome = store.redeem_code(&realm(), attempt).await.unwrap();
    assert_eq!(outcome, RedeemOutcome::Granted(code(family)));
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_behaviour_is_listed() {
        let listed = include_str!("mod.rs");
        let sources = [
            include_str!("chains.rs"),
            include_str!("codes.rs"),
            include_str!("consents.rs"),
            include_str!("devices.rs"),
            include_str!("keys.rs"),
            include_str!("limits.rs"),
            include_str!("overrides.rs"),
            include_str!("pats.rs"),
            include_str!("refresh.rs"),
            include_str!("restart.rs"),
            include_str!("revocations.rs"),
            include_str!("scenarios.rs"),
            include_str!("sessions.rs"),
            include_str!("spends.rs"),
            include_str!("whole.rs"),
        ];
        let mut found = 0;
        for line in sources.iter().flat_map(|source| source.lines()) {
            if let Some((name, _)) = line.strip_prefix("pub async fn ").and_then(|rest| rest.split_once("(open")) {
                let in_list = |end: char| listed.contains(&format!(" {name}{end}"));
                assert!(in_list(',') || in_list(';'), "{name} is in no list");
                found += 1;
            }
        }
        assert!(found > 75, "{found}");
    }
}
