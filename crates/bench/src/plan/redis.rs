//! What sharing state through Redis costs.

use super::{Bench, SCREENINGEAGLE, ratio};
use anyhow::Context as _;
use bench::codes;
use bench::config;
use bench::redis_benchmark::{self, known_script, spends};
use bench::start::Gateway;
use bench::table::Row;
use bench::throughput::{CONNECTIONS, Source, chained, compare};
use std::cell::Cell;

impl Bench<'_> {
    /// Tokens of clients that have a limit, counted in Redis, beside the same counted in memory.
    pub(super) fn redis_tokens(&self) -> anyhow::Result<Vec<Row>> {
        let redis = redis_benchmark::server()?;
        let file = self.folder.join("alone.redb");
        let alone = Gateway::new(&self.programs.gateway, self.folder, "alone", &file.to_string_lossy(), 1)?;
        let shared = Gateway::new(&self.programs.gateway, self.folder, "shared", &redis.url(), 1)?;
        let (_alone, _shared) = (alone.start()?, shared.start()?);
        let requests = config::bizzassure_limited();
        let base = self.source("BizzAssure, embedded", alone.addr, &requests, 200)?;
        let ours = self.source("BizzAssure through Redis", shared.addr, &requests, 200)?;
        let found = compare(&self.programs.load, self.timing, &base, &[ours])?;
        let found = found.first().context("one comparison")?;
        Ok(vec![ratio("BizzAssure token, limit counted in Redis", found, "embedded store", 0.8)])
    }

    /// Refresh tokens spent in Redis, beside what Redis does of the script alone.
    pub(super) fn redis_refreshes(&self) -> anyhow::Result<Vec<Row>> {
        let redis = redis_benchmark::server()?;
        let gateway = Gateway::new(&self.programs.gateway, self.folder, "refresh", &redis.url(), 1)?;
        let _gateway = gateway.start()?;
        let token = || Self::refresh_requests(&gateway, 1)?.pop().context("one token");
        let first = token()?;
        let refresh = || codes::token(gateway.addr, &first, "refresh_token").map(drop);
        let sha = known_script(&redis, store::refresh_script(), refresh)?;

        let runs = Cell::new(0_u32);
        let script = |seconds| {
            runs.set(runs.get() + 1);
            spends(&redis, &sha, &format!("idp-gateway:0:{{screeningeagle/{:015x}}}f", runs.get()), seconds)
        };
        let chains = |seconds| {
            let requests = Self::refresh_requests(&gateway, CONNECTIONS as usize)?;
            let file = config::requests(self.folder, "refresh requests", &requests)?;
            chained(&self.programs.load, gateway.addr, &file, seconds, "refresh_token")
                .context("measuring Screening Eagle refresh")
        };
        let found = compare(&self.programs.load, self.timing, &Source::Other(&script), &[Source::Other(&chains)])?;
        let found = found.first().context("one comparison")?;
        Ok(vec![ratio("Screening Eagle refresh through Redis", found, "`redis-benchmark`, its script alone", 0.25)])
    }

    /// Refresh requests, each with the first token of a family of its own.
    fn refresh_requests(gateway: &Gateway<'_>, count: usize) -> anyhow::Result<Vec<String>> {
        let codes = codes::mint(gateway.admin, "screeningeagle", config::SCOPE, count)?;
        let redemptions = config::redemptions(SCREENINGEAGLE, &codes);
        let tokens = redemptions.iter().map(|request| codes::token(gateway.addr, request, "refresh_token"));
        Ok(config::refreshes(SCREENINGEAGLE, &tokens.collect::<anyhow::Result<Vec<_>>>()?))
    }
}
