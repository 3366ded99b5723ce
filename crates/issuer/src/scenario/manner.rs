//! How the token requests of one client go, whatever scenarios there are.

use super::{By, Forced, Step, step_of};
use crate::state::Store;
use grant::{GrantType, Refusal};
use std::collections::HashMap;
use std::sync::Arc;

/// The manners of a mount's clients, by client.
pub type Manners = HashMap<Arc<str>, Manner>;

/// What is done on purpose to the token requests that name a client, for as long as the configuration file says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// What is done, step by step; the last has no end.
    pub steps: Vec<Step>,
    /// The grant that is spared.
    pub spares: Option<GrantType>,
}

impl Manner {
    /// What it does to the next request that names `client` at `mount`. Where what is done depends on how many came before,
    /// they are counted in the store, for all replicas together; it is an error where the store cannot count.
    pub(crate) async fn act(
        &self,
        mount: &str,
        client: &Arc<str>,
        grant: Option<GrantType>,
        store: &dyn Store,
    ) -> Result<Option<Forced>, Refusal> {
        if grant.is_some() && grant == self.spares {
            return Ok(None);
        }
        let number = if self.steps.len() > 1 { store.count_request(&format!("{mount}/{client}")).await? } else { 1 };
        Ok(step_of(&self.steps, number).map(|(step, outcome)| Forced {
            by: By::Client((**client).into()),
            step,
            outcome: outcome.clone(),
        }))
    }
}
