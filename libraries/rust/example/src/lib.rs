//! A small integration: tokens that are kept and fetched anew, and calls that are repeated where that is right.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// How often the vendor is asked for a token.
const TRIES: u32 = 3;
/// So long before its end a token counts as ended.
const MARGIN: Duration = Duration::from_secs(30);
/// After how long no answer is none.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is nothing of what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The vendor refuses, with this status.
    Refused(u16),
    /// No answer came, or a part of one.
    NoAnswer,
    /// The answer is no JSON.
    NoJson,
    /// The user has to sign in again.
    SignInAgain,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: u64,
    refresh_token: Option<String>,
}

/// Whom a token speaks for.
#[derive(Debug, Deserialize)]
pub struct Profile {
    /// The customer's identifier.
    #[serde(rename = "customerId")]
    pub customer_id: String,
}

/// Tokens of one client, by its own authority or, with a refresh token, by a user's.
pub struct Tokens {
    agent: ureq::Agent,
    url: String,
    basic: String,
    /// The next one to be used.
    pub refresh_token: Option<String>,
    held: Option<(String, Instant)>,
    sleep: Box<dyn FnMut(Duration)>,
}

impl Tokens {
    /// The tokens of a client at that token endpoint; `sleep` is how it waits.
    pub fn new(url: &str, client_id: &str, secret: &str, sleep: impl FnMut(Duration) + 'static) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
        Self {
            agent: config.build().into(),
            url: url.to_owned(),
            basic: format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}"))),
            refresh_token: None,
            held: None,
            sleep: Box::new(sleep),
        }
    }

    /// A token that holds, fetched only where there is none.
    pub fn get(&mut self) -> Result<String, Error> {
        if let Some((token, _)) = self.held.as_ref().filter(|(_, ends)| Instant::now() + MARGIN < *ends) {
            return Ok(token.clone());
        }
        let grant = self.fetch()?;
        let ends = Instant::now() + Duration::from_secs(grant.expires_in);
        // It is another one each time: the one before is spent.
        self.refresh_token = grant.refresh_token.or(self.refresh_token.take());
        self.held = Some((grant.access_token.clone(), ends));
        Ok(grant.access_token)
    }

    /// The token does not hold: another is fetched when one is needed.
    pub fn forget(&mut self) {
        self.held = None;
    }

    fn fetch(&mut self) -> Result<Grant, Error> {
        let form = match &self.refresh_token {
            Some(token) => vec![("grant_type", "refresh_token"), ("refresh_token", token)],
            None => vec![("grant_type", "client_credentials")],
        };
        for tried in 1.. {
            let sent = self.agent.post(&self.url).header("authorization", &self.basic).send_form(form.iter().copied());
            // Whether it was carried out nobody knows. Within the vendor's grace the same refresh token is good.
            let Some((status, wait, text)) = sent.ok().and_then(read) else {
                if tried < TRIES {
                    continue;
                }
                return Err(Error::NoAnswer);
            };
            match status {
                200 => return parsed(&text),
                400 if self.refresh_token.is_some() => return Err(Error::SignInAgain),
                429 | 502 | 503 if tried < TRIES => (self.sleep)(wait),
                _ => return Err(Error::Refused(status)),
            }
        }
        Err(Error::NoAnswer)
    }

    /// Whom the token speaks for. One that the vendor no longer takes is replaced once.
    pub fn profile(&mut self, url: &str) -> Result<Profile, Error> {
        for last in [false, true] {
            let bearer = format!("Bearer {}", self.get()?);
            let answer = self.agent.get(url).header("authorization", bearer).call().map_err(|_| Error::NoAnswer)?;
            match read(answer).ok_or(Error::NoAnswer)? {
                (200, _, text) => return parsed(&text),
                (401, _, _) if !last => self.forget(),
                (status, _, _) => return Err(Error::Refused(status)),
            }
        }
        Err(Error::Refused(401))
    }
}

/// Status, how long to wait, and the whole body.
fn read(mut answer: ureq::http::Response<ureq::Body>) -> Option<(u16, Duration, String)> {
    let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = wait.map_or(Duration::from_millis(100), Duration::from_secs);
    Some((answer.status().as_u16(), wait, answer.body_mut().read_to_string().ok()?))
}

/// What an answer says; a balancer's page, or half an answer, says nothing.
fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::NoJson)
}
