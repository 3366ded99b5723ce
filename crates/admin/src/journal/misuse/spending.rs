//! How codes and tokens are used.

use super::{Seen, all};
use grant::{RefusalKind, Scope, TokenFault};
use issuer::Clue;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use surface::journal::Entry;
use surface::world::World;

/// Scopes that userinfo serves, and those that are no resource's.
const OF_USERINFO: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];

pub(super) fn spent_refresh_token(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    all(entries, |entry| matches!(entry.more.clue.as_deref(), Some(Clue::SpentRefresh)))
}

pub(super) fn expired_token(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let expired = RefusalKind::InvalidToken(TokenFault::Expired);
    all(entries, |entry| entry.more.refusal.as_deref() == Some(&expired))
}

pub(super) fn late_code(world: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let ttl = |entry: &Entry| Some(world.mounts.get(entry.mount.as_deref()?)?.dialect().policy().code_ttl);
    let is_late = |entry: &Entry| {
        let is_old = entry.more.code_age.zip(ttl(entry)).is_some_and(|(age, ttl)| 2 * age.0 > ttl.0);
        is_old || matches!(entry.more.clue.as_deref(), Some(Clue::ExpiredCode))
    };
    all(entries, is_late)
}

/// Where resources demand scopes at forward auth, those of a client's tokens that none ever demanded.
pub(super) fn wide_scope(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let key = |entry: &Entry| (entry.mount.clone(), entry.client_id.clone());
    let mut used: HashMap<_, BTreeSet<Scope>> = HashMap::new();
    for entry in entries {
        let demanded = entry.more.demanded.as_ref().filter(|demanded| !demanded.is_empty());
        if let Some(demanded) = demanded {
            used.entry(key(entry)).or_default().extend(demanded.iter().cloned());
        }
    }
    let wide = |entry: &Arc<Entry>| {
        let used = used.get(&key(entry)).filter(|_| entry.more.lifetime.is_some() && entry.error.is_none())?;
        let unused = entry.scope.iter().flat_map(|scopes| scopes.iter());
        let unused = unused.filter(|scope| !used.contains(*scope) && !OF_USERINFO.contains(&scope.as_str()));
        let names: Vec<_> = unused.map(|scope| format!("`{scope}`")).collect();
        let detail = Some(format!("Never demanded: {}.", names.join(", ")));
        (!names.is_empty()).then(|| Seen { entry: Arc::clone(entry), detail })
    };
    entries.iter().filter_map(wide).collect()
}
