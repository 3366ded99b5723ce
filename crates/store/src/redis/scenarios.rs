//! Scenarios, whose uses all replicas count together.

use super::Redis;
use super::changes::Told;
use super::client::Repeat;
use super::script::{Call, USE_SCENARIO};
use crate::record::corrupt;
use deadpool_redis::redis::cmd;
use issuer::state::{ScenarioRecord, ScenarioStore, StoreError};
use std::collections::HashMap;

/// The field that counts the scenarios ever made, beside those that count their uses.
const LAST: &str = "last";

#[async_trait::async_trait]
impl ScenarioStore for Redis {
    async fn add_scenario(&self, body: String) -> Result<u64, StoreError> {
        let mut command = cmd("HINCRBY");
        command.arg(self.core.names.scenario_uses().as_bytes()).arg(LAST).arg(1);
        let id: u64 = self.core.client.send("number_scenario", &command).await?;
        let field = id.to_string();
        self.feed.put_as(&self.core.names.scenarios(), field.as_bytes(), body.as_bytes(), &Told::Scenarios).await?;
        Ok(id)
    }

    async fn scenarios(&self) -> Result<Vec<ScenarioRecord>, StoreError> {
        let (mut all, mut uses) = (cmd("HGETALL"), cmd("HGETALL"));
        all.arg(self.core.names.scenarios().as_bytes());
        uses.arg(self.core.names.scenario_uses().as_bytes());
        let all: HashMap<String, String> = self.core.client.send("scenarios", &all).await?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let counts: HashMap<String, u64> = self.core.client.send("scenario_uses", &uses).await?;
        let record = |(id, body): (String, String)| {
            let times = counts.get(&id).copied().unwrap_or(0);
            Ok(ScenarioRecord { id: id.parse().map_err(|_| corrupt("a scenario's number"))?, body, used: times })
        };
        let mut all = all.into_iter().map(record).collect::<Result<Vec<_>, StoreError>>()?;
        all.sort_by_key(|record| record.id);
        Ok(all)
    }

    async fn remove_scenario(&self, id: u64) -> Result<bool, StoreError> {
        self.feed.remove(&self.core.names.scenarios(), id.to_string().as_bytes(), &Told::Scenarios).await
    }

    async fn clear_scenarios(&self) -> Result<(), StoreError> {
        let mut command = cmd("DEL");
        command.arg(self.core.names.scenarios().as_bytes());
        self.core.client.send::<()>("clear_scenarios", &command).await?;
        self.feed.tell(&Told::Scenarios).await
    }

    async fn use_scenario(&self, id: u64, times: u64) -> Result<bool, StoreError> {
        let keys = [self.core.names.scenarios(), self.core.names.scenario_uses()];
        self.core.client.run(&USE_SCENARIO, Call::on(&keys).arg(id).arg(times), Repeat::Never).await
    }
}
