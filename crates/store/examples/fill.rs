//! Fills a store with codes, half of them redeemed for refresh tokens, and measures it:
//!
//! ```text
//! cargo run --release -p store --example fill -- FILE ROWS [hold]
//! cargo run --release -p store --example fill -- FILE redeem SECONDS
//! cargo run --release -p store --example fill -- FILE open
//! ```
//!
//! The first writes `ROWS` rows (two codes and one refresh token at a time), and with `hold` waits to be killed
//! rather than close the file. The second redeems codes from 32 callers for so many seconds. The third opens the
//! file. Measure a release build: in others redb's own assertions walk the whole file when it is opened.
#![expect(clippy::print_stdout, reason = "a measurement is for the terminal")]

use futures_util::future::{join_all, try_join_all};
use issuer::clock::ClockState;
use issuer::state::{CodeRecord, CodeStore, FamilyId, HandleHash, Moment, Realm, Redemption, RequestId, StoreError};
use std::error::Error;
use std::time::{Duration, Instant};
use store::Embedded;

const CALLERS: u64 = 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (path, work) = arguments.split_first().ok_or("usage: fill FILE (ROWS [hold] | redeem SECONDS | open)")?;
    let start = Instant::now();
    let store = Embedded::open(path)?;
    println!("opened in {:.2?}", start.elapsed());
    match work {
        ["open"] => {}
        ["redeem", seconds] => redeem_for(&store, seconds.parse()?).await?,
        [rows, hold @ ..] => {
            fill(&store, rows.parse()?).await?;
            if hold == ["hold"] {
                println!("holding");
                std::future::pending::<()>().await;
            }
        }
        [] => return Err("how many rows?".into()),
    }
    let start = Instant::now();
    drop(store);
    println!("closed in {:.2?}", start.elapsed());
    Ok(())
}

async fn fill(store: &Embedded, rows: u64) -> Result<(), StoreError> {
    let (start, commits) = (Instant::now(), store.commits());
    let rounds = rows.div_ceil(3);
    let caller = async |caller| {
        for n in (caller..rounds).step_by(usize::try_from(CALLERS).unwrap_or(1)) {
            put(store, 3 * n).await?;
            put(store, 3 * n + 1).await?;
            redeem(store, 3 * n).await?;
        }
        Ok::<_, StoreError>(())
    };
    try_join_all((0..CALLERS.min(rounds)).map(caller)).await?;
    report(3 * rounds, "rows", start.elapsed(), store.commits() - commits);
    Ok(())
}

async fn redeem_for(store: &Embedded, seconds: u64) -> Result<(), StoreError> {
    let base = u64::from(std::process::id()) << 32;
    // A code costs a commit too: so many are put before the clock runs.
    let codes = 4000 * seconds;
    let put_all = |caller| async move {
        for n in (caller..codes).step_by(256) {
            put(store, base + n).await?;
        }
        Ok::<_, StoreError>(())
    };
    try_join_all((0..256).map(put_all)).await?;
    let (start, commits) = (Instant::now(), store.commits());
    let caller = |caller| async move {
        let mut redeemed = 0;
        for n in (caller..codes).step_by(32) {
            if start.elapsed() >= Duration::from_secs(seconds) {
                break;
            }
            redeem(store, base + n).await?;
            redeemed += 1;
        }
        Ok::<u64, StoreError>(redeemed)
    };
    let redeemed = join_all((0..32).map(caller)).await.into_iter().sum::<Result<u64, _>>()?;
    report(redeemed, "redemptions", start.elapsed(), store.commits() - commits);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
fn report(count: u64, what: &str, took: Duration, commits: u64) {
    let rate = |count| count as f64 / took.as_secs_f64();
    println!("{count} {what} in {took:.2?}: {:.0}/s, {commits} commits, {:.0}/s", rate(count), rate(commits));
}

async fn put(store: &Embedded, number: u64) -> Result<(), StoreError> {
    let record = CodeRecord {
        family: FamilyId::from_bits(number),
        client_id: "web".to_owned(),
        redirect_uri: "https://client.test/cb".to_owned(),
        challenge: None,
        subject: "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69".to_owned(),
        scopes: ["openid", "profile"].into_iter().filter_map(grant::Scope::new).collect(),
        login: None,
        expires_at: ends(number),
        refresh_until: Some(ends(number) + 30 * 86_400),
    };
    store.put_code(&Realm::of_mount("filled"), handle(number), record).await
}

async fn redeem(store: &Embedded, number: u64) -> Result<(), StoreError> {
    let redemption = Redemption {
        request: RequestId(u128::from(number).to_be_bytes()),
        moment: Moment { millis: 0, clock: ClockState::Frozen(0) },
        family: FamilyId::from_bits(number),
        code: handle(number),
        client_id: "web".into(),
        redirect_uri: "https://client.test/cb".to_owned(),
        challenge: None,
        scopes: None,
        refresh: Some(handle(!number)),
        spends: true,
    };
    store.redeem_code(&Realm::of_mount("filled"), redemption).await.map(drop)
}

/// A code's end, as if a thousand came in a second from 2100 on.
fn ends(number: u64) -> i64 {
    4_102_444_800 + i64::try_from(number % (1 << 32) / 1000).unwrap_or_default()
}

/// Bytes spread as those of a hash are: splitmix64.
fn handle(number: u64) -> HandleHash {
    let mut hash = [0; 32];
    let mut state = number;
    for word in hash.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
    }
    HandleHash(hash)
}
