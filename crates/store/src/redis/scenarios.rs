//! Scenarios, whose uses all replicas count together.

use super::client::Repeat;
use super::script::{Call, USE_SCENARIO};
use super::told::Told;
use super::whole;
use super::{Core, Redis};
use crate::record::{corrupt, legible};
use deadpool_redis::redis::cmd;
use issuer::state::{ScenarioRecord, ScenarioStore, StoreError};
use std::fmt::Display;

/// The field that counts the scenarios ever made, beside those that count their uses.
const LAST: &str = "last";

#[async_trait::async_trait]
impl ScenarioStore for Redis {
    async fn add_scenario(&self, body: String) -> Result<u64, StoreError> {
        let mut command = cmd("HINCRBY");
        command.arg(self.core.names.scenario_uses().as_bytes()).arg(LAST).arg(1);
        let id: u64 = self.core.client.send("number_scenario", &command).await?;
        self.core.client.bound(&self.core.names.scenario_uses()).await?;
        let (key, field, told) = (self.core.names.scenarios(), id.to_string(), Told::scenarios(self.owner.as_deref()));
        self.feed.put_as(&self.core, &key, field.as_bytes(), body.as_bytes(), &told).await?;
        Ok(id)
    }

    async fn scenarios(&self) -> Result<Vec<ScenarioRecord>, StoreError> {
        self.core.scenarios().await
    }

    async fn remove_scenario(&self, id: u64) -> Result<bool, StoreError> {
        let field = id.to_string();
        let (key, told) = (self.core.names.scenarios(), Told::scenarios(self.owner.as_deref()));
        let removed = self.feed.remove(&self.core, &key, field.as_bytes(), None, &told).await?;
        self.forget_uses(&[field]).await?;
        Ok(removed)
    }

    async fn clear_scenarios(&self) -> Result<(), StoreError> {
        let (mut list, mut clear) = (cmd("HKEYS"), cmd("DEL"));
        list.arg(self.core.names.scenarios().as_bytes());
        clear.arg(self.core.names.scenarios().as_bytes());
        let all: Vec<String> = self.core.client.send("list_scenarios", &list).await?;
        self.core.client.send::<()>("clear_scenarios", &clear).await?;
        self.feed.tell(&Told::scenarios(self.owner.as_deref())).await?;
        self.forget_uses(&all).await
    }

    async fn see_scenario(&self, id: u64) -> Result<u64, StoreError> {
        let mut command = cmd("HINCRBY");
        command.arg(self.core.names.scenario_uses().as_bytes()).arg(seen(id)).arg(1);
        self.core.client.send("see_scenario", &command).await
    }

    async fn count_request(&self, name: &str) -> Result<u64, StoreError> {
        let key = self.core.names.scenario_uses();
        let mut command = cmd("HINCRBY");
        command.arg(key.as_bytes()).arg(format!("file:{name}")).arg(1);
        let number: u64 = self.core.client.send("count_request", &command).await?;
        if number == 1 {
            self.core.client.bound(&key).await?;
        }
        Ok(number)
    }

    async fn use_scenario(&self, id: u64, times: Option<u64>, sees: bool) -> Result<Option<u64>, StoreError> {
        let keys = [self.core.names.scenarios(), self.core.names.scenario_uses()];
        let call = Call::on(&keys).arg(id).arg(times.map_or(-1, u64::cast_signed)).arg(sees).arg(seen(id));
        let used: u64 = self.core.client.run(&USE_SCENARIO, call, Repeat::Never).await?;
        Ok(Some(used).filter(|used| *used > 0))
    }
}

impl Redis {
    /// Forgets how often scenarios that are gone have matched and acted.
    async fn forget_uses(&self, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut command = cmd("HDEL");
        command.arg(self.core.names.scenario_uses().as_bytes());
        for id in ids {
            command.arg(id).arg(seen(id));
        }
        self.core.client.send("forget_uses", &command).await
    }
}

/// The field that counts the requests that a scenario has matched, beside the one that counts its uses.
pub(super) fn seen(id: impl Display) -> String {
    format!("{id}:seen")
}

impl Core {
    /// All of them, oldest first.
    pub(super) async fn scenarios(&self) -> Result<Vec<ScenarioRecord>, StoreError> {
        let all = whole::read(self, "scenarios", &self.names.scenarios()).await?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let counts = whole::read(self, "scenario_uses", &self.names.scenario_uses()).await?;
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u64>().ok();
        let count = |field: &[u8]| counts.get(field).and_then(|count| number(count)).unwrap_or(0);
        let record = |(field, body): (&Vec<u8>, &Vec<u8>)| {
            let id = number(field).ok_or_else(|| corrupt("a scenario's number"))?;
            let body = String::from_utf8(body.clone()).map_err(|_| corrupt("a scenario"))?;
            Ok(ScenarioRecord { id, body, seen: count(seen(id).as_bytes()), used: count(field) })
        };
        let mut all: Vec<_> = all.iter().filter_map(|row| legible("a scenario", row.0, record(row))).collect();
        all.sort_by_key(|record| record.id);
        Ok(all)
    }
}
