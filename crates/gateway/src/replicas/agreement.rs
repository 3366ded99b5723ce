//! Whether all replicas are configured alike: a difference is told of when it begins, and when it ends.

use configuration::Agreement;
use issuer::state::{Changes, Parts, Peer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Other replicas that are configured otherwise.
const DIFFERING: &str = "idp_gateway_replicas_differing";

/// What this replica has declared, and what it has said of the others.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    own: Option<Own>,
    /// The others that differ, by id and by what they have declared.
    said: BTreeSet<(String, String)>,
}

#[derive(Debug)]
struct Own {
    of: Arc<Agreement>,
    salt: String,
    digest: String,
    parts: Parts,
}

impl Comparison {
    pub(super) fn new() -> Self {
        metrics::gauge!(DIFFERING).set(0.0);
        Self::default()
    }

    /// Declares what this replica is configured with, where that is new, and compares it with the others; whether all
    /// are known to be alike.
    pub(super) async fn look(
        &mut self,
        agreement: &Arc<Agreement>,
        changes: &dyn Changes,
        peers: &[Peer],
    ) -> anyhow::Result<bool> {
        let Some(salt) = changes.salt() else { return Ok(false) };
        let is_declared = |own: &Own| Arc::ptr_eq(&own.of, agreement) && own.salt == salt;
        if !self.own.as_ref().is_some_and(is_declared) {
            let of = Arc::clone(agreement);
            let digests = tokio::task::spawn_blocking(move || {
                let parts = of.digests(&salt);
                Own { digest: Agreement::whole(&parts), of, salt, parts }
            });
            let own = digests.await?;
            changes.declare(own.digest.clone(), own.parts.clone()).await?;
            self.own = Some(own);
            self.said.clear();
        }
        let Some(own) = &self.own else { return Ok(false) };
        let differs = |peer: &&Peer| !peer.declared.is_empty() && peer.declared != own.digest;
        let differing: BTreeSet<_> =
            peers.iter().filter(differs).map(|peer| (peer.id.clone(), peer.declared.clone())).collect();
        #[expect(clippy::cast_precision_loss, reason = "there are a few thousand at most")]
        metrics::gauge!(DIFFERING).set(differing.len() as f64);
        if differing != self.said {
            self.say(differing, changes, peers).await?;
        }
        Ok(peers.iter().all(|peer| self.own.as_ref().is_some_and(|own| peer.declared == own.digest)))
    }

    async fn say(
        &mut self,
        differing: BTreeSet<(String, String)>,
        changes: &dyn Changes,
        peers: &[Peer],
    ) -> anyhow::Result<()> {
        let Some(own) = &self.own else { return Ok(()) };
        if differing.is_empty() {
            tracing::info!("all replicas have the same configuration again");
            self.said = differing;
            return Ok(());
        }
        let declared = changes.declared().await?;
        if !declared.contains_key(changes.id()) {
            // It was taken for gone meanwhile.
            changes.declare(own.digest.clone(), own.parts.clone()).await?;
        }
        for (id, digest) in differing {
            if self.said.contains(&(id.clone(), digest.clone())) {
                continue;
            }
            // One that has not declared its parts yet is looked at with the next heart-beat.
            let Some(parts) = declared.get(&id).filter(|parts| Agreement::whole(parts) == digest) else { continue };
            let replica = peers.iter().find(|peer| peer.id == id).map_or("", |peer| peer.name.as_str());
            let differs_in = difference(&own.parts, parts).join(", ");
            tracing::warn!(replica, differs_in, "another replica has another configuration: give all the same file");
            self.said.insert((id, digest));
        }
        self.said.retain(|(id, digest)| peers.iter().any(|peer| peer.id == *id && peer.declared == *digest));
        Ok(())
    }
}

/// The names of the parts that differ. A mount that one of them lacks is named once.
fn difference(one: &Parts, other: &Parts) -> Vec<String> {
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differing = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    let shortened: BTreeSet<_> = differing
        .map(|name| match name.rsplit_once('.') {
            Some((mount, _)) if one.contains_key(name) != other.contains_key(name) => mount,
            _ => name,
        })
        .collect();
    shortened.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s02_a_difference_names_its_parts() {
        let parts = |all: &[(&str, &str)]| -> Parts { all.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect() };
        let one =
            parts(&[("mount", "1"), ("mount.a.clients", "1"), ("mount.a.users", "1"), ("server.public_url", "1")]);
        assert!(difference(&one, &one).is_empty());
        let mut other = one.clone();
        other.insert("mount.a.clients".to_owned(), "2".to_owned());
        other.insert("server.public_url".to_owned(), "2".to_owned());
        assert_eq!(difference(&one, &other), ["mount.a.clients", "server.public_url"]);
        let lacking = parts(&[("mount", "2"), ("server.public_url", "1")]);
        assert_eq!(difference(&one, &lacking), ["mount", "mount.a"]);
    }
}
