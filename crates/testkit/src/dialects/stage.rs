//! A dialect's contract on which the dialect is tried.

use super::phases;
use super::scene::{SAMPLES, Scene, payload, sample};
use crate::pairs::{Answer, Captures, Contract, Given, Mount, Pair};
use dialect::{Context, Dialect, DialectKind, WireResponse};
use grant::{Call, Claims, Client, GrantType, HeaderMember, Refusal, Scopes, TokenKind, TokenPlan, User};
use std::path::Path;
use std::sync::Arc;

/// One dialect with its contract.
#[derive(Debug)]
pub struct Stage {
    kind: DialectKind,
    pub(super) contract: Contract,
}

impl Stage {
    /// The dialect whose crate is in that folder.
    pub fn new(kind: DialectKind, crate_dir: &str) -> Self {
        Self { kind, contract: Contract::load(&Path::new(crate_dir).join("contract")).unwrap() }
    }

    /// Plays every pair, of which there are `count`.
    pub fn play_all(&self, count: usize) {
        assert_eq!(self.contract.pairs.len(), count, "pairs were added or lost");
        for pair in &self.contract.pairs {
            self.play(&pair.id);
        }
    }

    /// Parses the request of a pair, lets a few lines decide as the issuer does, plans, and encodes: tokens and answer
    /// must be those of the pair.
    pub fn play(&self, id: &str) {
        let (pair, dialect) = (self.pair(id), self.dialect(id));
        let path = pair.request.target.split('?').next().unwrap();
        let route = dialect.routes().iter().find(|route| route.path == path).unwrap();
        let context = Context {
            endpoint: route.endpoint,
            path,
            issuer: &self.mount(pair).issuer,
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &dialect::Nothing,
        };
        let response = match phases::decide(self, &*dialect, pair) {
            Ok(reply) => dialect.encode(&reply, &context),
            Err(error) => dialect.encode_error(error.public(), &context),
        };
        self.assert_answer(id, &response);
    }

    /// What the dialect makes of a pair's request.
    pub fn call(&self, id: &str) -> Result<Call, Refusal> {
        let mut request = self.pair(id).request.clone();
        request.fill("token", sample("jwt"));
        super::parse(&*self.dialect(id), &request).unwrap().1
    }

    /// Asserts that `response` is that of the pair, what it says of tokens included.
    pub fn assert_answer(&self, id: &str, response: &WireResponse) {
        let headers = response.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let answer = Answer { status: response.status, reason: None, headers, body: &response.body };
        let (differences, captures) = self.pair(id).differences(&answer, self.now(id));
        assert!(differences.is_empty(), "{id}: {}", differences.join("\n"));
        assert_samples(id, &captures.unwrap_or_default());
    }

    /// Asserts that the planned tokens are those that the pair takes apart; how many it does.
    pub fn assert_tokens(&self, id: &str, plan: &TokenPlan) -> usize {
        let alg = self.dialect(id).policy().alg.as_str();
        let expectations = &self.pair(id).jwts;
        for expected in expectations {
            let kind = match expected.placeholder {
                "jwt" => TokenKind::Access,
                "jwt_id" => TokenKind::Id,
                _ => TokenKind::Refresh,
            };
            let token = plan.tokens.iter().find(|token| token.kind == kind);
            let token = token.unwrap_or_else(|| panic!("{id}: no token for {{{{{}}}}}", expected.placeholder));
            let member = |member: &HeaderMember| match member {
                HeaderMember::Alg => format!(r#""alg":"{alg}""#),
                HeaderMember::Kid => format!(r#""kid":"{}""#, sample("kid")),
                HeaderMember::Typ => format!(r#""typ":"{}""#, token.typ),
            };
            let header = format!("{{{}}}", token.header.iter().map(member).collect::<Vec<_>>().join(","));
            let (differences, captures) =
                expected.differences(header.as_bytes(), payload(token).as_bytes(), self.now(id));
            assert!(differences.is_empty(), "{id}: {}", differences.join("\n"));
            assert_samples(id, &captures);
        }
        expectations.len()
    }

    /// A grant of `scope` by client credentials to a client of the fixtures, at the first mount.
    pub fn scene(&self, client: &str, scope: &str) -> Scene {
        Scene {
            issuer: self.contract.fixtures.mounts[0].issuer.as_str().into(),
            now: self.contract.fixtures.clock.now,
            grant_type: GrantType::ClientCredentials,
            client: self.client(client),
            user: None,
            login: None,
            scopes: Scopes::parse(scope).unwrap(),
            refresh: None,
            extra: Vec::new(),
        }
    }

    /// A client of the fixtures.
    pub fn client(&self, id: &str) -> Client {
        let fixture = self.contract.fixtures.clients.iter().find(|client| client.id == id).unwrap();
        let mut client = Client::new(id);
        if let Some(grants) = &fixture.grants {
            client.grants = grants.iter().map(|name| GrantType::parse(name).unwrap()).collect();
        }
        client.scopes = Scopes::parse(&fixture.scopes.join(" ")).unwrap();
        client.redirect_uris.clone_from(&fixture.redirect_uris);
        client.post_logout_redirect_uris.clone_from(&fixture.post_logout_redirect_uris);
        client.disabled = fixture.disabled;
        client.user = fixture.user.as_deref().map(Arc::from);
        client.claims = claims(&fixture.claims);
        client
    }

    /// A user of the fixtures.
    pub fn user(&self, sub: &str) -> Option<User> {
        let fixture = self.contract.fixtures.users.iter().find(|user| user.sub == sub)?;
        Some(User {
            sub: sub.into(),
            username: fixture.username.as_str().into(),
            password: None,
            disabled: fixture.disabled,
            denies_consent: fixture.denies_consent,
            claims: claims(&fixture.claims),
        })
    }

    pub(super) fn pair(&self, id: &str) -> &Pair {
        self.contract.pair(id).unwrap()
    }

    pub(super) fn mount(&self, pair: &Pair) -> &Mount {
        let host = pair.request.header("host").unwrap().to_owned();
        self.contract.fixtures.mounts.iter().find(|mount| mount.hosts.contains(&host)).unwrap()
    }

    /// The clock as the pair's givens move it.
    pub(super) fn now(&self, id: &str) -> i64 {
        let moved = |given: &Given| if let Given::Advance(seconds) = given { *seconds } else { 0 };
        self.contract.fixtures.clock.now + self.pair(id).givens.iter().map(moved).sum::<i64>()
    }

    /// The dialect under the settings of the pair.
    fn dialect(&self, id: &str) -> Arc<dyn Dialect> {
        let pair = self.pair(id);
        let mut settings = self.mount(pair).settings.clone();
        for given in &pair.givens {
            if let Given::Setting { name, value } = given {
                settings.insert(name.clone(), value.clone());
            }
        }
        self.kind.build(&settings).unwrap()
    }
}

fn claims(facts: &dialect::SettingsMap) -> Claims {
    serde_json::from_value(serde_json::Value::Object(facts.clone())).unwrap()
}

fn assert_samples(id: &str, captures: &Captures) {
    for (name, value) in captures {
        let sample = SAMPLES.iter().find(|(known, _)| known == name);
        assert!(sample.is_none_or(|(_, sample)| sample == value), "{id}: {{{{{name}}}}} is {value}");
    }
}
