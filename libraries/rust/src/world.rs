//! A world: a gateway of a test's own inside the one that runs.

use crate::mount::with_member;
use crate::{Admin, Error, Journal, Mount};
use admin_api::{
    About, ClockAdvance, ClockChange, ClockView, Inspection, NamespaceTtl, NamespaceView, Operation, operations,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::thread;

/// Clients, users, settings, counters, clock, scenarios, keys and journal that no other world sees. It ends with this
/// value; where the test has failed by then, it prints what it was asked.
pub struct World {
    admin: Admin,
    view: NamespaceView,
}

impl World {
    pub(crate) const fn new(admin: Admin, view: NamespaceView) -> Self {
        Self { admin, view }
    }

    /// Its name, which `namespace` says in the admin API and `X-Gateway-Namespace` in requests.
    pub fn name(&self) -> &str {
        &self.view.name
    }

    /// The URL below which all of it is.
    pub fn base(&self) -> &str {
        &self.view.base
    }

    /// The names of its mounts.
    pub fn mounts(&self) -> Vec<&str> {
        self.view.mounts.keys().map(String::as_str).collect()
    }

    /// One vendor's auth surface.
    pub fn mount(&self, name: &str) -> Result<Mount<'_>, Error> {
        let Some((name, view)) = self.view.mounts.get_key_value(name) else {
            let known = self.mounts().join(", ");
            return Err(Error::Gateway(format!("there is no mount {name}; there are {known}")));
        };
        Ok(Mount { world: self, name, view })
    }

    /// Its clock.
    pub const fn clock(&self) -> Clock<'_> {
        Clock { world: self }
    }

    /// What it was asked, and why it refused.
    pub const fn journal(&self) -> Journal<'_> {
        Journal { world: self }
    }

    /// All that was changed in it, to be saved and put back.
    pub const fn state(&self) -> State<'_> {
        State { world: self }
    }

    /// Does something to the requests that match: one outcome, or `steps` one after the other.
    pub fn scenario(&self, spec: impl Serialize) -> Result<Scenario<'_>, Error> {
        let scenario = self.call(&operations::ADD_SCENARIO, &[], spec)?;
        Ok(Scenario { world: self, id: scenario.id })
    }

    /// Refuses the requests that match in their vendor's own way: `fail("unavailable", json!({ "times": 2 }))`. The
    /// endpoint is `token` where none is named.
    pub fn fail(&self, error: &str, spec: impl Serialize) -> Result<Scenario<'_>, Error> {
        let mut spec = with_member(spec, "error", error)?;
        if spec.get("endpoint").is_none_or(Value::is_null) {
            spec["endpoint"] = "token".into();
        }
        self.scenario(spec)
    }

    /// What a token is, and everything that is wrong with it.
    pub fn inspect(&self, token: &str) -> Result<Inspection, Error> {
        self.call(&operations::INSPECT_TOKEN, &[], json!({ "token": token }))
    }

    /// Puts everything back to what the configuration file says. Keys stay.
    pub fn reset(&self) -> Result<(), Error> {
        self.call(&operations::RESET, &[], ())
    }

    /// Has it end so many seconds from now.
    pub fn extend(&mut self, ttl: u32) -> Result<(), Error> {
        self.view = self.admin.call(&operations::EXTEND_NAMESPACE, &[&self.view.name], &[], NamespaceTtl { ttl })?;
        Ok(())
    }

    /// Any call of the admin API, about this world.
    pub fn call<B, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        body: impl Serialize,
    ) -> Result<A, Error> {
        self.admin.call(operation, names, &[("namespace", self.view.name.clone())], body)
    }

    pub(crate) fn text(
        &self,
        about: &About,
        path: &str,
        query: &[(String, String)],
        body: impl Serialize,
    ) -> Result<String, Error> {
        let own = ("namespace", self.view.name.clone());
        let query: Vec<_> = query.iter().map(|(name, value)| (&**name, value.clone())).chain([own]).collect();
        self.admin.text(about, path, &query, body)
    }
}

impl Drop for World {
    #[allow(clippy::print_stderr, reason = "a test that fails shows what it prints")]
    fn drop(&mut self) {
        if thread::panicking() {
            let seen = self.journal().describe().unwrap_or_else(|error| error.to_string());
            eprintln!("requests to {}:\n{seen}", self.view.base);
        }
        // One that cannot be ended now ends by itself.
        let _ = self.admin.call(&operations::DELETE_NAMESPACE, &[&self.view.name], &[], ());
    }
}

/// The clock of a world: what it mints and checks by. Seconds since the epoch.
pub struct Clock<'w> {
    world: &'w World,
}

impl Clock<'_> {
    /// The present.
    pub fn now(&self) -> Result<i64, Error> {
        self.world.call(&operations::GET_CLOCK, &[], ()).map(|view| view.now)
    }

    /// Has it stand still at that moment.
    pub fn freeze(&self, at: i64) -> Result<i64, Error> {
        self.set(ClockChange::Freeze(at))
    }

    /// Has it run ahead of real time by so many seconds, or behind it.
    pub fn offset(&self, seconds: i64) -> Result<i64, Error> {
        self.set(ClockChange::Offset(seconds))
    }

    fn set(&self, change: ClockChange) -> Result<i64, Error> {
        self.world.call(&operations::SET_CLOCK, &[], change).map(|view| view.now)
    }

    /// Lets so many seconds pass at once.
    pub fn advance(&self, seconds: i64) -> Result<i64, Error> {
        let view: ClockView = self.world.call(&operations::ADVANCE_CLOCK, &[], ClockAdvance { seconds })?;
        Ok(view.now)
    }

    /// Puts it back to real time.
    pub fn reset(&self) -> Result<(), Error> {
        self.world.call(&operations::DELETE_CLOCK, &[], ())
    }
}

/// Something that is done to requests on purpose.
pub struct Scenario<'w> {
    world: &'w World,
    /// Its id, which `forced_by` of the journal's entries names.
    pub id: String,
}

impl Scenario<'_> {
    /// How it stands now: how many requests have matched, to how many it still does something, on which it acted.
    pub fn view(&self) -> Result<admin_api::Scenario, Error> {
        self.world.call(&operations::GET_SCENARIO, &[&self.id], ())
    }

    /// Ends it.
    pub fn remove(self) -> Result<(), Error> {
        self.world.call(&operations::DELETE_SCENARIO, &[&self.id], ())
    }
}

/// All that was changed in a world: clients, users, settings, clock and scenarios.
pub struct State<'w> {
    world: &'w World,
}

impl State<'_> {
    /// What `load` takes.
    pub fn save(&self) -> Result<admin_api::State, Error> {
        self.world.call(&operations::GET_STATE, &[], ())
    }

    /// Puts back what was saved, in this world or another of the same configuration: all of it, or nothing.
    pub fn load(&self, state: &admin_api::State) -> Result<(), Error> {
        self.world.call(&operations::PUT_STATE, &[], state)
    }
}
