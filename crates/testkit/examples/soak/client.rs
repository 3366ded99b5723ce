//! A client that obeys `Retry-After`, and goes to the next replica where it gets no answer.

use crate::ledger::{Fate, Ledger};
use crate::site::Address;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::admin::Admin;
use testkit::http::{self, Connection, Response};
use testkit::vendor::{Tokens, form_of};

/// How long a client is told to come again before that is wrong.
const PATIENCE: Duration = Duration::from_secs(90);
/// Refreshes of a chain before its last token is used twice.
const CHAIN: usize = 40;
/// The limit of the limited mount: so many a minute.
const LIMIT: usize = 20;
const WINDOW: Duration = Duration::from_mins(1);
/// Between two rounds of a client.
const ROUND: Duration = Duration::from_millis(100);

const WEB: (&str, &str) = ("web", "web-secret");
const REDIRECT: &str = "https://client.test/cb";

/// A vendor that has users.
struct Vendor {
    mount: &'static str,
    token: &'static str,
    refresh: &'static str,
    scope: &'static str,
    refused: &'static str,
}

const VENDORS: [Vendor; 2] = [
    Vendor {
        mount: "brighthr",
        token: "/brighthr/connect/token",
        refresh: "BrightHR refresh (opaque)",
        scope: "openid offline_access",
        refused: "invalid_grant",
    },
    Vendor {
        mount: "screeningeagle",
        token: "/screeningeagle/api/id/v1/auth/token",
        refresh: "Screening Eagle refresh (JWT)",
        scope: "openid offline",
        refused: "permission denied",
    },
];

pub(crate) struct Client<'a> {
    number: u64,
    addresses: &'a [Address],
    ledger: &'a Ledger,
    /// Which replica is asked next, and the connection to it.
    at: usize,
    connection: Option<Connection>,
    chains: [Option<Chain>; 2],
    /// When limited tokens were granted: from when their requests were sent, and whether the answer came.
    granted: VecDeque<(Instant, Instant)>,
    /// When requests of the limited mount ended without an answer.
    doubtful: VecDeque<Instant>,
}

/// A refresh token and the one before it.
struct Chain {
    token: String,
    spent: Option<String>,
    length: usize,
}

impl<'a> Client<'a> {
    pub(crate) fn new(number: u64, addresses: &'a [Address], ledger: &'a Ledger) -> Self {
        let at = usize::try_from(number).unwrap_or_default() % addresses.len();
        let (chains, granted, doubtful) = ([None, None], VecDeque::new(), VecDeque::new());
        Self { number, addresses, ledger, at, connection: None, chains, granted, doubtful }
    }

    /// Asks until it is over.
    pub(crate) fn run(mut self, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            for step in [Self::bits, Self::bizzassure, Self::brighthr, Self::screeningeagle] {
                if let Err(error) = step(&mut self) {
                    self.ledger.blame(&format_args!("{error:#}"));
                }
            }
            // Another replica each round, so that what one has granted the others know.
            self.go_on();
            testkit::pause(ROUND);
        }
    }

    fn go_on(&mut self) {
        self.at = (self.at + 1) % self.addresses.len();
        self.connection = None;
    }

    /// The answer to a request, once it is none of 503, and whether an attempt ended without one.
    fn answered(&mut self, kind: &'static str, request: &[u8]) -> Result<(Response, bool)> {
        let (started, mut is_doubtful) = (Instant::now(), false);
        loop {
            match self.attempt(request) {
                Ok(answer) if answer.status == 503 => {
                    self.ledger.count(kind, Fate::ToldToWait);
                    let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
                    let seconds: u64 = seconds.with_context(|| format!("{kind}: a 503 without Retry-After"))?;
                    ensure!(started.elapsed() < PATIENCE, "{kind}: told to come again for {PATIENCE:?}");
                    testkit::pause(Duration::from_secs(seconds));
                    self.go_on();
                }
                Ok(answer) => return Ok((answer, is_doubtful)),
                Err(error) => {
                    self.ledger.count(kind, Fate::Unanswered);
                    ensure!(started.elapsed() < PATIENCE, "{kind}: no answer for {PATIENCE:?}: {error:#}");
                    is_doubtful = true;
                    self.go_on();
                    testkit::pause(ROUND);
                }
            }
        }
    }

    fn attempt(&mut self, request: &[u8]) -> Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.addresses[self.at].public)?,
        };
        let answer = connection.exchange(request)?;
        self.connection = answer.header("connection").is_none_or(|value| value != "close").then_some(connection);
        Ok(answer)
    }

    fn right(&self, kind: &'static str) {
        self.ledger.count(kind, Fate::Right);
    }

    fn bits(&mut self) -> Result<()> {
        const KIND: &str = "Bits token";
        let fields = [("grant_type", "client_credentials")];
        let request = form_of("/bits/v1/oauth2/token", ("batch", "batch-secret"), &fields)?;
        let (answer, _) = self.answered(KIND, &request)?;
        ensure!(answer.status == 200, "{KIND}: {} {}", answer.status, answer.text());
        self.right(KIND);
        Ok(())
    }

    /// A limited token: never more than the limit in a window, and never fewer where one is refused.
    fn bizzassure(&mut self) -> Result<()> {
        const KIND: &str = "BizzAssure token (20 a minute)";
        let id = format!("app-{}", self.number);
        let body = json!({ "client_id": id, "client_secret": "app-secret", "scopes": ["employee.get"] }).to_string();
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let request = http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes());
        let sent = Instant::now();
        let (answer, is_doubtful) = self.answered(KIND, &request)?;
        let came = Instant::now();
        if is_doubtful {
            self.doubtful.push_back(came);
        }
        // What was granted so long ago that it may no longer count, and what surely does not.
        let surely = self.granted.iter().filter(|(sent, _)| came.duration_since(*sent) < WINDOW).count();
        self.granted.retain(|(_, granted)| sent.duration_since(*granted) < WINDOW);
        self.doubtful.retain(|doubtful| sent.duration_since(*doubtful) < 2 * WINDOW);
        match answer.status {
            200 => {
                ensure!(surely < LIMIT, "{KIND}: {surely} were granted in the minute before");
                self.granted.push_back((sent, came));
            }
            429 => {
                let at_most = self.granted.len() + self.doubtful.len();
                ensure!(at_most >= LIMIT, "{KIND}: refused after {at_most} of {LIMIT}");
            }
            status => bail!("{KIND}: {status} {}", answer.text()),
        }
        self.right(KIND);
        Ok(())
    }

    fn brighthr(&mut self) -> Result<()> {
        self.chain(0)
    }

    fn screeningeagle(&mut self) -> Result<()> {
        self.chain(1)
    }

    /// One more link of a chain; a chain that is long ends with a token that is used twice.
    fn chain(&mut self, at: usize) -> Result<()> {
        let vendor = &VENDORS[at];
        let Some(chain) = self.chains[at].take() else {
            self.chains[at] = self.begin(vendor)?;
            return Ok(());
        };
        let Some(granted) = self.refresh(vendor, &chain.token)? else { return Ok(()) };
        let next = Chain { token: granted.refresh, spent: Some(chain.token), length: chain.length + 1 };
        if at == 0 {
            self.userinfo(&granted.access)?;
        }
        match &next.spent {
            Some(spent) if next.length >= CHAIN => self.end(vendor, spent, &next.token)?,
            _ => self.chains[at] = Some(next),
        }
        Ok(())
    }

    /// A chain's first token; `None` where no code could be had just now.
    fn begin(&mut self, vendor: &Vendor) -> Result<Option<Chain>> {
        const KIND: &str = "code";
        let admin = Admin::new(self.addresses[0].admin);
        // What fails fails the administrator's call too, which is made again in the next round.
        let code = admin.code_for(vendor.mount, WEB.0, "alice", REDIRECT, vendor.scope);
        let Ok(code) = code else { return Ok(None) };
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
        let (answer, is_doubtful) = self.answered(KIND, &form_of(vendor.token, WEB, &fields)?)?;
        Ok(self.granted(vendor, KIND, &answer, is_doubtful)?.map(|tokens| Chain {
            token: tokens.refresh,
            spent: None,
            length: 0,
        }))
    }

    fn refresh(&mut self, vendor: &Vendor, token: &str) -> Result<Option<Tokens>> {
        let request = form_of(vendor.token, WEB, &[("grant_type", "refresh_token"), ("refresh_token", token)])?;
        let (answer, is_doubtful) = self.answered(vendor.refresh, &request)?;
        self.granted(vendor, vendor.refresh, &answer, is_doubtful)
    }

    /// The tokens of an answer, which nobody had before; `None` where they were spent with an answer that was lost.
    fn granted(
        &self,
        vendor: &Vendor,
        kind: &'static str,
        answer: &Response,
        is_doubtful: bool,
    ) -> Result<Option<Tokens>> {
        if is_doubtful && answer.status == 400 && answer.text().contains(vendor.refused) {
            self.ledger.count(kind, Fate::SpentWithItsAnswer);
            return Ok(None);
        }
        let tokens = Tokens::of(answer).with_context(|| format!("{kind} at {}", vendor.mount))?;
        ensure!(self.ledger.is_new(&tokens.refresh), "{kind}: a refresh token was granted twice");
        ensure!(self.ledger.is_new(&tokens.access), "{kind}: an access token was granted twice");
        self.right(kind);
        Ok(Some(tokens))
    }

    fn userinfo(&mut self, token: &str) -> Result<()> {
        const KIND: &str = "BrightHR userinfo";
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        let (answer, _) = self.answered(KIND, &http::request("GET", "/brighthr/connect/userinfo", &headers, b""))?;
        ensure!(answer.status == 200, "{KIND}: {} {}", answer.status, answer.text());
        self.right(KIND);
        Ok(())
    }

    /// A spent token is refused, and ends its family.
    fn end(&mut self, vendor: &Vendor, spent: &str, last: &str) -> Result<()> {
        const KIND: &str = "a spent token, and what came of it";
        for token in [spent, last] {
            let request = form_of(vendor.token, WEB, &[("grant_type", "refresh_token"), ("refresh_token", token)])?;
            let (answer, _) = self.answered(KIND, &request)?;
            let is_refused = answer.status == 400 && answer.text().contains(vendor.refused);
            ensure!(is_refused, "{KIND} at {}: {} {}", vendor.mount, answer.status, answer.text());
            self.right(KIND);
        }
        Ok(())
    }
}
