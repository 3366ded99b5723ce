//! The hour's limit holds exactly, whichever replicas a balancer chooses.

use super::kind::{CADDY, HAPROXY, NGINX};
use super::site::Site;
use super::vendors::BIZZASSURE;
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;

/// Clients at once, and requests of each.
const CLIENTS: usize = 100;
const EACH: usize = 10;

#[test]
fn a_thousand_requests_through_a_balancer_yield_exactly_the_hundred_tokens_of_the_hour() -> Result<()> {
    for kind in [NGINX, HAPROXY, CADDY] {
        let site = Site::start(&kind, 3)?;
        let client = || -> Result<Vec<u16>> {
            let mut connection = site.connect()?;
            (0..EACH).map(|_| Ok(connection.exchange(&BIZZASSURE.request(&[]))?.status)).collect()
        };
        let statuses = std::thread::scope(|scope| -> Result<Vec<u16>> {
            let asking: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            let answers = asking.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a panic"))?);
            Ok(answers.collect::<Result<Vec<_>>>()?.concat())
        })?;
        let mut counts = BTreeMap::new();
        for status in statuses {
            *counts.entry(status).or_insert(0) += 1;
        }
        assert_eq!(counts, BTreeMap::from([(200, 100), (429, 900)]), "{}", kind.name);
        let served = site.served()?;
        assert!(served.iter().all(|count| *count > 200), "{}: {served:?}", kind.name);
    }
    Ok(())
}
