//! The console over replicas: the page of one shows what came to any of them, and what it changes holds at all.

use super::{Replicas, bits};
use anyhow::{Context, Result, ensure};
use testkit::browser::Browser;
use testkit::wait_until;

/// What is on the page, in words: a script that says so.
const SEES: &str = "return document.body.innerText.includes(arguments[0])";

fn sees(browser: &Browser, words: &str) -> Result<()> {
    let seen = wait_until("words", || Ok(browser.execute(SEES, vec![words.into()])? == true));
    seen.with_context(|| format!("{words:?} is not on the page:\n{}", browser.text("body").unwrap_or_default()))
}

#[test]
fn one_page_shows_what_came_to_another_replica_and_fails_the_next_there() -> Result<()> {
    let replicas = Replicas::start(2)?;
    let [one, two] = &replicas.gateways[..] else { anyhow::bail!("two replicas") };
    let browser = Browser::start()?;
    browser.set_viewport(1440, 900, false)?;
    browser.visit(&format!("http://{}/", one.admin_address()))?;
    sees(&browser, "No request yet")?;
    // The stream is open: what comes to the other is told, not read.
    ensure!(bits(two)?.status == 200);
    sees(&browser, "token for batch: application")?;
    sees(&browser, "replica-1")?;
    ensure!(bits(one)?.status == 200);
    sees(&browser, "replica-0")?;
    browser.keys("f")?;
    sees(&browser, "The next token request of batch at bits is answered as unavailable.")?;
    ensure!(bits(two)?.status == 503, "the scenario does not hold at the other replica");
    sees(&browser, "503 unavailable")?;
    browser.visit(&format!("http://{}/overview", two.admin_address()))?;
    sees(&browser, "2 replicas")
}
