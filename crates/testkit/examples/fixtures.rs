//! Makes the fixtures of one version: what its gateway leaves behind in a redb file and in Redis, and the manifests of
//! what is in them. It drives the real program, so that a fixture is what that version really writes.
//!
//! ```sh
//! git worktree add /tmp/old TAG && (cd /tmp/old && cargo build)
//! IDP_GATEWAY_BIN=/tmp/old/target/debug/idp-gateway cargo run -p testkit --example fixtures -- 0.1.0
//! ```
//! Tests open them from then on: a fixture is made once, and never again.

use admin_api::{CodeRequest, PatRequest, ScenarioSpec};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs;
use testkit::agent::{Agent, form};
use testkit::fixture::{self, Listener, Manifest, Presentation};
use testkit::gateway::{Gateway, binary};
use testkit::vendor::{
    BRIGHTHR, EACH, EAGLE, OTHER, REDIRECT, Tokens, VERIFIER, Vendor, call, challenge, code, form_of,
};
use testkit::{Redis, contract, http};

/// Where the clock stands, seconds since the epoch.
const NOW: i64 = 1_800_000_000;
/// A user whom the admin API made.
const CAROL: &str = "carol-1";
const BITS: &str = "/bits/v1/oauth2/token";
const BIZZASSURE: &str = "/bizzassure/v1/auth/token";

fn main() -> Result<()> {
    let version = std::env::args().nth(1).context("the version whose fixtures these are")?;
    let folder = fixture::folder(&version);
    ensure!(!folder.exists(), "{} is there: a fixture is made once", folder.display());
    let mounts = mounts()?;
    let made_by = format!("{} of {version}", binary()?.file_name().unwrap_or_default().display());

    let mut gateway = Gateway::start(&mounts)?;
    let mut embedded = Manifest { made_by: made_by.clone(), presentations: Vec::new() };
    leave(&gateway, &mut embedded, false)?;
    gateway.terminate()?;

    let redis = Redis::start()?;
    let store = format!("[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\ntimeout_ms = 5000\n", redis.url());
    let mut second = Gateway::start(&format!("{mounts}{store}"))?;
    let mut shared = Manifest { made_by, presentations: Vec::new() };
    leave(&second, &mut shared, true)?;
    second.terminate()?;

    fs::create_dir_all(&folder)?;
    fs::write(folder.join("mounts.toml"), mounts)?;
    fs::copy(gateway.directory().join("store.redb"), folder.join("embedded.redb"))?;
    fs::write(folder.join("redis.dump"), fixture::dump(&redis)?)?;
    fs::write(folder.join("embedded.json"), serde_json::to_string_pretty(&embedded)? + "\n")?;
    fs::write(folder.join("redis.json"), serde_json::to_string_pretty(&shared)? + "\n")?;
    Ok(())
}

/// The contracts' mounts; users are picked with a click, access tokens can be revoked.
fn mounts() -> Result<String> {
    let mut config = contract::config(&contract::load_all()?);
    for vendor in &EACH {
        let settings = &mut config.mount_mut(vendor.mount).context("a mount of the contracts")?.settings;
        settings.insert("user_picker".to_owned(), json!(true));
        for (name, value) in vendor.settings {
            settings.insert((*name).to_owned(), serde_json::from_str(value)?);
        }
    }
    Ok(config.to_toml()?)
}

/// Does all that leaves something in a store, and notes how each thing is shown. What is shared has rate counters and
/// scenarios too, which an embedded store keeps in memory.
fn leave(gateway: &Gateway, manifest: &mut Manifest, shared: bool) -> Result<()> {
    gateway.admin().freeze_clock(NOW)?;
    let mut maker = Maker { gateway, manifest };
    maker.changes()?;
    let before = maker.tokens_of_each_mount("before the rotation")?;
    for mount in ["bits", "brighthr-sandbox", "screeningeagle"] {
        gateway.admin().rotate_key(mount, 0)?;
        let kids: Vec<_> = gateway.admin().keys(mount)?.iter().map(|key| key.kid.clone()).collect();
        ensure!(kids.len() == 2, "{mount}: {kids:?}");
        let kids: Vec<_> = kids.iter().map(String::as_str).collect();
        let path = format!("/v1/mounts/{mount}/keys");
        maker.get(Listener::Admin, &format!("both keys of {mount}"), &path, (200, &kids))?;
    }
    let after = maker.tokens_of_each_mount("after it")?;
    for (what, mount, token) in before.into_iter().chain(after) {
        maker.bearer(&what, &format!("/_gateway/verify/{mount}"), &token, 200)?;
    }
    for vendor in &EACH {
        maker.chains(vendor)?;
        maker.sign_ins(vendor)?;
    }
    maker.revocations()?;
    if shared {
        maker.scenario()?;
        maker.limits()?;
    }
    Ok(())
}

struct Maker<'a> {
    gateway: &'a Gateway,
    manifest: &'a mut Manifest,
}

impl Maker<'_> {
    fn note(&mut self, to: Listener, what: &str, request: Vec<u8>, (status, has): (u16, &[&str])) -> Result<()> {
        let (what, request) = (what.to_owned(), String::from_utf8(request)?);
        let has = has.iter().map(ToString::to_string).collect();
        self.manifest.presentations.push(Presentation { what, to, request, status, has });
        Ok(())
    }

    fn public(&mut self, what: &str, request: Vec<u8>, answer: (u16, &[&str])) -> Result<()> {
        self.note(Listener::Public, what, request, answer)
    }

    fn get(&mut self, to: Listener, what: &str, path: &str, answer: (u16, &[&str])) -> Result<()> {
        self.note(to, what, http::request("GET", path, &[("Host", "localhost")], b""), answer)
    }

    fn bearer(&mut self, what: &str, path: &str, token: &str, status: u16) -> Result<()> {
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        self.public(what, http::request("GET", path, &headers, b""), (status, &[]))
    }

    /// Clients, users and settings that the admin API changed, and the clock.
    fn changes(&mut self) -> Result<()> {
        let admin = self.gateway.admin();
        let (brighthr, bits) = (BRIGHTHR.mount, "bits");
        let scopes: Vec<_> = BRIGHTHR.scope.split(' ').collect();
        let grants = ["authorization_code", "refresh_token", "client_credentials"];
        let other = json!({ "secret": "another-secret", "grants": grants, "scopes": scopes, "name": "Another" });
        admin.put(brighthr, "clients", OTHER, &other)?;
        admin.put(
            bits,
            "clients",
            "bits-ro",
            &json!({ "secret": "changed", "scopes": ["application.read"],
            "claims": { "customerId": "bits:customer::9" } }),
        )?;
        admin.delete(bits, "clients", "bits-colon")?;
        admin.put(
            brighthr,
            "users",
            CAROL,
            &json!({ "username": "carol", "password": "carol-password",
            "claims": { "email": "carol@client.test" } }),
        )?;
        admin.put(brighthr, "users", "dave-1", &json!({ "username": "dave", "disabled": true }))?;
        admin.delete(brighthr, "users", "c0ffee00-0000-4000-8000-000000000001")?;
        admin.patch_settings("bizzassure", &json!({ "access_ttl": 61 }))?;

        let now = NOW.to_string();
        self.get(Listener::Admin, "the frozen clock", "/v1/clock", (200, &["\"freeze\":", &now]))?;
        let credentials = [("grant_type", "client_credentials"), ("scope", "company:read")];
        let asked = form_of(BRIGHTHR.token, (OTHER, "another-secret"), &credentials)?;
        self.public("a client that was added", asked, (200, &["access_token"]))?;
        let asked = |client| form_of(BITS, client, &credentials[..1]);
        self.public("a client with another secret", asked(("bits-ro", "changed"))?, (200, &["access_token"]))?;
        self.public("a client that was removed", asked(("bits-colon", "x"))?, (401, &[]))?;
        let users = |sub: &str| format!("/v1/mounts/{}/users/{sub}", BRIGHTHR.mount);
        let carol = ["carol@client.test", "\"has_password\":true"];
        self.get(Listener::Admin, "a user that was added", &users(CAROL), (200, &carol))?;
        self.get(Listener::Admin, "a user that was disabled", &users("dave-1"), (200, &["\"disabled\":true"]))?;
        let gone = users("c0ffee00-0000-4000-8000-000000000001");
        self.get(Listener::Admin, "a user that was removed", &gone, (404, &[]))?;
        self.public("a setting that was changed", bizzassure("ba_full"), (200, &["\"expires_in\":61"]))
    }

    /// An access token of each mount that has keys of its own to rotate: what it is, its mount, the token.
    fn tokens_of_each_mount(&self, when: &str) -> Result<Vec<(String, &'static str, String)>> {
        let credentials = [("grant_type", "client_credentials")];
        let requests = [
            ("bits", form_of(BITS, ("bits-client-1", "bits-secret-1"), &credentials)?),
            (BRIGHTHR.mount, form_of(BRIGHTHR.token, (OTHER, "another-secret"), &credentials)?),
            (EAGLE.mount, form_of(EAGLE.token, EAGLE.client, &[credentials[0], ("scope", "openid")])?),
        ];
        let token = |(mount, request): (&'static str, Vec<u8>)| {
            let body = self.send(&request)?;
            let token = body["access_token"].as_str().with_context(|| format!("{mount}: {body}"))?;
            Ok((format!("a token of {mount} signed {when}"), mount, token.to_owned()))
        };
        requests.into_iter().map(token).collect()
    }

    fn send(&self, request: &[u8]) -> Result<Value> {
        let answer = http::exchange(self.gateway.public(), request)?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        answer.json()
    }

    fn granted(&self, vendor: &Vendor, user: &str) -> Result<Tokens> {
        vendor.tokens(self.gateway, &self.code(vendor, user)?)
    }

    fn code(&self, vendor: &Vendor, user: &str) -> Result<String> {
        let request = CodeRequest {
            client_id: vendor.client.0.to_owned(),
            user: user.to_owned(),
            redirect_uri: REDIRECT.to_owned(),
            scope: Some(vendor.scope.to_owned()),
            code_challenge: Some(challenge(VERIFIER)),
            nonce: Some("n-1".to_owned()),
        };
        self.gateway.admin().code(vendor.mount, &request)
    }

    /// Codes, and what came of them: families that live, that have a spent token, that were revoked.
    fn chains(&mut self, vendor: &Vendor) -> Result<()> {
        let of = |what: &str| format!("{}: {what}", vendor.mount);
        let good = (200, &["refresh_token"][..]);
        let redemption = |code: &str| vendor.redemption(code, Some(VERIFIER));
        self.public(&of("an unused code"), redemption(&self.code(vendor, vendor.user)?)?, good)?;

        let code = self.code(vendor, vendor.user)?;
        let replayed = vendor.tokens(self.gateway, &code)?;
        let fresh = self.granted(vendor, vendor.user)?;
        let second = Tokens::of(&vendor.refresh(self.gateway, &fresh.refresh)?)?;
        let third = Tokens::of(&vendor.refresh(self.gateway, &second.refresh)?)?;
        let spent = self.granted(vendor, vendor.user)?;
        let next = Tokens::of(&vendor.refresh(self.gateway, &spent.refresh)?)?;
        let killed = self.granted(vendor, vendor.user)?;
        let last = Tokens::of(&vendor.refresh(self.gateway, &killed.refresh)?)?;
        vendor.is_invalid_grant(&vendor.refresh(self.gateway, &killed.refresh)?)?;

        self.bearer(&of("a refreshed access token"), &verify(vendor), &third.access, 200)?;
        self.public(&of("a refresh token after two rotations"), vendor.rotation(&third.refresh)?, good)?;
        self.public(
            &of("a refresh token not yet used"),
            vendor.rotation(&self.granted(vendor, vendor.user)?.refresh)?,
            good,
        )?;
        self.public(&of("a spent refresh token"), vendor.rotation(&spent.refresh)?, (400, &[]))?;
        self.public(&of("its successor, which went with it"), vendor.rotation(&next.refresh)?, (400, &[]))?;
        self.public(&of("a refresh token of a revoked family"), vendor.rotation(&last.refresh)?, (400, &[]))?;
        self.public(&of("a used code"), redemption(&code)?, (400, &[]))?;
        self.public(&of("what came of the replayed code"), vendor.rotation(&replayed.refresh)?, (400, &[]))
    }

    /// A session that lives and one that ended; a consent that is remembered and one that was withdrawn.
    fn sign_ins(&mut self, vendor: &Vendor) -> Result<()> {
        let of = |what: &str| format!("{}: {what}", vendor.mount);
        let shown = |agent: &Agent, url: &str| agent.request("GET", url, &[], "");
        let mut ended = vendor.signed_in(self.gateway, vendor.user)?;
        let out = ended.clone();
        let logout = form(&ended.get(vendor.logout)?, "csrf")?;
        ended.submit(&logout)?;

        let mut agent = vendor.signed_in(self.gateway, vendor.user)?;
        let page = vendor.go(&mut agent, &[("prompt", "consent")])?;
        let remembered = form(&page, "scope")?.with("decision", "allow").with("remember", "1");
        let tokens = vendor.tokens(self.gateway, &code(&agent.submit(&remembered)?)?)?;
        self.public(&of("a session"), shown(&agent, vendor.account)?, (200, &["text/html"]))?;
        self.public(&of("a session that ended"), shown(&out, vendor.account)?, (303, &[vendor.login]))?;
        let asks = format!("{}?{}", vendor.authorize, vendor.query(&[])?);
        self.public(&of("a remembered consent"), shown(&agent, &asks)?, (302, &["https://client.test/cb?code="]))?;
        self.public(&of("a refresh token by consent"), vendor.rotation(&tokens.refresh)?, (200, &["refresh_token"]))
    }

    /// A consent that was withdrawn; an access token and personal access tokens, one of each revoked.
    fn revocations(&mut self) -> Result<()> {
        let vendor = &BRIGHTHR;
        let mut carol = vendor.signed_in(self.gateway, CAROL)?;
        let page = vendor.go(&mut carol, &[])?;
        let allowed = form(&page, "scope")?.with("decision", "allow").with("remember", "1");
        let withdrawn = vendor.tokens(self.gateway, &code(&carol.submit(&allowed)?)?)?;
        let account = form(&carol.get(vendor.account)?, "csrf")?;
        carol.submit(&account.with("do", "withdraw").with("id", vendor.client.0))?;
        self.public("what a withdrawn consent gave", vendor.rotation(&withdrawn.refresh)?, (400, &[]))?;
        let asks = format!("{}?{}", vendor.authorize, vendor.query(&[("prompt", "none")])?);
        let asked = carol.request("GET", &asks, &[], "")?;
        self.public("a withdrawn consent", asked, (302, &["error=consent_required"]))?;

        let (live, dead) = (self.granted(vendor, CAROL)?.access, self.granted(vendor, CAROL)?.access);
        call(self.gateway, "/brighthr-sandbox/connect/revocation", vendor.client, &[("token", &dead)])?;
        self.bearer("an access token", &verify(vendor), &live, 200)?;
        self.bearer("a revoked access token", &verify(vendor), &dead, 401)?;

        let userinfo = vendor.userinfo.context("BrightHR's userinfo")?;
        let request = PatRequest { name: "ci".to_owned(), scope: Some("openid email".to_owned()), ttl: None };
        let admin = self.gateway.admin();
        let (live, dead) =
            (admin.make_pat(vendor.mount, CAROL, &request)?, admin.make_pat(vendor.mount, CAROL, &request)?);
        admin.revoke_pat(vendor.mount, CAROL, &dead.id)?;
        self.bearer("a personal access token", userinfo, live.token.expose(), 200)?;
        self.bearer("a revoked personal access token", userinfo, dead.token.expose(), 401)
    }

    /// A scenario with a use left.
    fn scenario(&mut self) -> Result<()> {
        let forced = ScenarioSpec {
            mount: Some("bizzassure".to_owned()),
            endpoint: Some("token".to_owned()),
            client_id: Some("ba_ro".to_owned()),
            times: Some(2),
            error: Some("unavailable".to_owned()),
            ..ScenarioSpec::default()
        };
        self.gateway.admin().add_scenario(&forced)?;
        ensure!(http::exchange(self.gateway.public(), &bizzassure("ba_ro"))?.status == 503);
        self.public("a scenario with a use left", bizzassure("ba_ro"), (503, &[]))?;
        self.public("a scenario that is used up", bizzassure("ba_ro"), (200, &[]))
    }

    /// A client whose hour is full but for two places.
    fn limits(&mut self) -> Result<()> {
        let limited = json!({ "secret": "changed", "scopes": ["application.read"], "rate_limit": "3/1h",
            "claims": { "customerId": "bits:customer::9" } });
        self.gateway.admin().put("bits", "clients", "bits-ro", &limited)?;
        let asked = form_of(BITS, ("bits-ro", "changed"), &[("grant_type", "client_credentials")])?;
        self.send(&asked)?;
        // The first of these is shown above already, among the changes.
        self.public("the last place in a client's hour", asked.clone(), (200, &[]))?;
        self.public("a client whose hour is full", asked, (429, &[]))
    }
}

fn verify(vendor: &Vendor) -> String {
    format!("/_gateway/verify/{}", vendor.mount)
}

/// A token request of BizzAssure's.
fn bizzassure(client: &str) -> Vec<u8> {
    let body = json!({ "client_id": client, "client_secret": format!("{client}_secret"), "scopes": ["policy.list"] })
        .to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    http::request("POST", BIZZASSURE, &headers, body.as_bytes())
}
