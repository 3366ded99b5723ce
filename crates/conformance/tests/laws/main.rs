//! What holds for every dialect, without a gateway: requests in, calls and bytes out.

mod circles;
mod encoding;
mod libraries;
mod reading;
mod tidy;

use anyhow::{Context, Result, ensure};
use configuration::registry::DIALECTS;
use dialect::{BodyFormat, ClientPlace, Dialect, DialectKind, Route, SettingsMap, WireRequest};
use grant::{Call, Endpoint, GrantType, Proof, Refusal, RefusalKind};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use testkit::contract::{self, Contract};
use testkit::dialects::parse;
use testkit::pairs::{Pair, Request};
use testkit::token_call;

/// One vendor under the laws: its kind, its dialect under the default settings, and its contract.
struct Vendor {
    kind: &'static DialectKind,
    dialect: Arc<dyn Dialect>,
    contract: Contract,
}

impl fmt::Display for Vendor {
    /// The vendor, and where its pairs stand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (crates/{}/contract/pairs.http)", self.kind.vendor, self.kind.id)
    }
}

impl Vendor {
    /// The pairs that show a granted token request.
    fn granted(&self) -> impl Iterator<Item = &Pair> {
        self.contract.text.pairs.iter().filter(|pair| token_call::is_granted(&self.kind.token_call, pair))
    }

    /// The first of them.
    fn example(&self) -> Result<&Pair> {
        let call = &self.kind.token_call;
        self.granted().next().with_context(|| {
            format!(
                "{self} shows no request that is answered 200 with a token at `{}`, as KIND says",
                call.access_token
            )
        })
    }

    /// What the dialect makes of a request to one of its paths.
    fn parse(&self, request: &Request) -> Result<Result<Call, Refusal>> {
        let outcome = parse(&*self.dialect, request).map(|(_, outcome)| outcome);
        outcome.with_context(|| format!("{self}: the dialect has no route for {}", request.target))
    }

    /// The grant type that a token request names; where the vendor's call names none, it means the client's own
    /// authority.
    fn grant_type(&self, request: &Request) -> Option<String> {
        let (_, outcome) = parse(&*self.dialect, request)?;
        match outcome {
            Ok(Call::Token(request)) => request.proof.ok().map(|proof| proof.grant_type().as_str().to_owned()),
            _ => None,
        }
    }
}

/// Every vendor of the registry.
fn vendors() -> Result<Vec<Vendor>> {
    let mut contracts = contract::load_all()?;
    let vendor = |kind: &'static DialectKind| -> Result<Vendor> {
        let at = contracts.iter().position(|contract| contract.dialect == kind.id);
        let contract = contracts.swap_remove(at.with_context(|| format!("crates/{} has no contract/", kind.id))?);
        Ok(Vendor { kind, dialect: kind.build(&SettingsMap::new())?, contract })
    };
    DIALECTS.iter().map(vendor).collect()
}

/// Holds every vendor to `law`, which says at how much of it it looked: at none, it has not held it to anything.
fn each(law: impl Fn(&Vendor) -> Result<usize>) -> Result<()> {
    for vendor in vendors()? {
        let looked = law(&vendor).with_context(|| vendor.to_string())?;
        ensure!(looked > 0, "{vendor}: the law found nothing there to look at");
    }
    Ok(())
}

/// The errors of a reading, those kept in the call included.
fn errors(outcome: &Result<Call, Refusal>) -> Vec<&Refusal> {
    match outcome {
        Err(error) => vec![error],
        Ok(Call::Token(request)) => {
            let proof = match &request.proof {
                Ok(Proof::Incomplete { error, .. }) | Err(error) => Some(error),
                Ok(_) => None,
            };
            let found = [request.client.as_ref().err(), proof, request.scopes.as_ref().err()];
            found.into_iter().flatten().collect()
        }
        Ok(Call::Introspect(request)) => request.client.as_ref().err().into_iter().collect(),
        Ok(Call::Revoke(request)) => request.client.as_ref().err().into_iter().collect(),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn n52_a_law_that_passes_a_vendor_by_fails() {
    let passed_by = each(|vendor| Ok(usize::from(vendor.kind.id != DIALECTS[1].id))).unwrap_err().to_string();
    let named = format!("{} (crates/{}/contract/pairs.http)", DIALECTS[1].vendor, DIALECTS[1].id);
    assert!(passed_by.starts_with(&named), "{passed_by}");
}

#[test]
fn n52_the_example_that_a_dialect_states_is_read_as_a_grant() -> Result<()> {
    each(|vendor| {
        let call = &vendor.kind.token_call;
        let route = Route::find(vendor.dialect.routes(), Endpoint::Token).context("no token endpoint")?;
        let mut request = vendor.example()?.request.clone();
        route.path.clone_into(&mut request.target);
        let quoted = |text: &str| if call.body == BodyFormat::Json { format!("\"{text}\"") } else { text.to_owned() };
        let mut members: Vec<(&str, String)> = call.asks.iter().map(|(name, value)| (*name, (*value).into())).collect();
        request.headers = vec![("Content-Type".to_owned(), token_call::media(call).to_owned())];
        match call.client {
            ClientPlace::Basic => request.headers.push(("Authorization".to_owned(), "Basic YTpi".to_owned())),
            ClientPlace::Body { id, secret } => members.extend([(id, quoted("a")), (secret, quoted("b"))]),
        }
        let written = |(name, value): &(&str, String)| match call.body {
            BodyFormat::Json => format!("\"{name}\":{value}"),
            BodyFormat::Form | BodyFormat::Query => format!("{name}={}", value.replace(' ', "+")),
        };
        request.body = token_call::join(call, &members.iter().map(written).collect::<Vec<_>>());
        let outcome = vendor.parse(&request)?;
        ensure!(errors(&outcome).is_empty(), "{request:?}: {outcome:?}");
        let Ok(Call::Token(read)) = &outcome else { anyhow::bail!("{outcome:?}") };
        ensure!(read.client.as_ref().is_ok_and(|client| client.id.as_str() == "a"), "{outcome:?}");
        ensure!(token_call::client_of(call, &request).as_deref() == Some("a"), "the statement says where it stands");
        Ok(1)
    })
}

#[test]
fn a_declared_grant_has_a_pair() -> Result<()> {
    each(|vendor| {
        let pairs = vendor.contract.text.pairs.iter();
        let shown: BTreeSet<_> = pairs.filter_map(|pair| vendor.grant_type(&pair.request)).collect();
        let declared = &vendor.dialect.capabilities().grants;
        for grant in declared {
            assert!(shown.contains(grant.as_str()), "{vendor} declares {} and no pair shows it", grant.as_str());
        }
        Ok(declared.len())
    })
}

#[test]
fn an_undeclared_grant_is_unsupported() -> Result<()> {
    each(|vendor| {
        let declared = &vendor.dialect.capabilities().grants;
        let named = |pair: &&Pair| pair.request.body.contains("grant_type=client_credentials");
        let Some(example) = vendor.granted().find(named) else {
            assert_eq!(declared, &[GrantType::ClientCredentials], "{vendor}: a request that names no grant");
            return Ok(1);
        };
        let undeclared = GrantType::ALL.iter().filter(|grant| !declared.contains(grant)).map(|grant| grant.as_str());
        for name in undeclared.chain(["magic", "password", "CLIENT_CREDENTIALS"]) {
            let mut request = example.request.clone();
            request.body = request.body.replace("grant_type=client_credentials", &format!("grant_type={name}"));
            let outcome = vendor.parse(&request)?;
            let kinds: Vec<_> = errors(&outcome).iter().map(|error| error.kind.clone()).collect();
            assert!(kinds.contains(&RefusalKind::UnsupportedGrantType), "{vendor}: {name}: {outcome:?}");
        }
        Ok(3)
    })
}

#[test]
fn a_setting_that_is_unknown_or_of_another_type_is_refused() -> Result<()> {
    each(|vendor| {
        let build = |name: &str, value| vendor.kind.build(&SettingsMap::from_iter([(name.to_owned(), value)]));
        assert!(build("no_such_setting", true.into()).is_err(), "{vendor}");
        for setting in vendor.dialect.settings() {
            let refused = build(setting.name, serde_json::json!({})).err();
            let told = refused.as_ref().is_some_and(|error| error.message.contains(&setting.allowed));
            assert!(told, "{vendor}: {} as an object: {refused:?}", setting.name);
            assert!(build(setting.name, setting.default.clone()).is_ok(), "{vendor}: the default of {}", setting.name);
        }
        Ok(vendor.dialect.settings().len())
    })
}

#[test]
fn no_debug_form_shows_a_secret() -> Result<()> {
    each(|vendor| {
        let clients = vendor.contract.mounts.iter().flat_map(|mount| &mount.clients);
        let mut secrets: Vec<&str> = clients.filter_map(|client| client.secret.as_deref()).collect();
        // The verifier of RFC 7636 appendix B, and what stands for a code, a refresh token and a bearer token.
        secrets.extend([
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "{{code}}",
            "{{refresh}}",
            "{{token}}",
            "bogus",
        ]);
        let mut read = 0;
        for pair in &vendor.contract.text.pairs {
            let Some((_, outcome)) = parse(&*vendor.dialect, &pair.request) else { continue };
            read += 1;
            let shown = format!("{outcome:?} {:?}", vendor.dialect);
            for secret in &secrets {
                assert!(!shown.contains(secret), "{vendor}: {}: {secret} in {shown}", pair.id);
            }
        }
        Ok(read)
    })
}

/// What no pair shows: secrets in every place of the calls that browsers and resource servers make.
#[test]
fn no_debug_form_shows_a_secret_of_any_endpoint() -> Result<()> {
    const MARK: &str = "hush-0123456789abcdef0123456789abcdef0123456789";
    let secrets = ["nonce", "code_challenge", "token", "id_token_hint", "client_secret", "code_verifier"];
    let form: Vec<String> = secrets.iter().map(|name| format!("{name}={MARK}")).collect();
    let form = format!("client_id=a&redirect_uri=b&code_challenge_method=plain&{}", form.join("&"));
    let media: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    let bearer: (&str, &[u8]) = ("authorization", b"Bearer hush-0123456789abcdef0123456789abcdef0123456789");
    each(|Vendor { kind, dialect, .. }| {
        let mut read = 0;
        for endpoint in Endpoint::ALL {
            for (method, headers) in [("GET", &[bearer][..]), ("POST", &[media][..]), ("POST", &[media, bearer][..])] {
                let (query, body) = if method == "GET" { (Some(form.as_str()), "") } else { (None, form.as_str()) };
                let path = dialect.routes().iter().find(|route| route.endpoint == endpoint).map_or("/", |r| r.path);
                let request = WireRequest { method, path, query, headers, body: body.as_bytes() };
                let outcome = dialect.parse(endpoint, &request);
                read += 1;
                assert!(!format!("{outcome:?} {request:?}").contains("hush"), "{} {endpoint:?}: {outcome:?}", kind.id);
            }
        }
        Ok(read)
    })
}

#[test]
fn ids_and_paths_belong_to_one_dialect() -> Result<()> {
    let mut ids = BTreeSet::new();
    for kind in DIALECTS {
        assert!(ids.insert(kind.id), "{} is there twice", kind.id);
        let mut paths = BTreeSet::new();
        for route in kind.build(&SettingsMap::new())?.routes() {
            assert!(route.path.starts_with('/') && !route.path.starts_with("/_gateway"), "{}", route.path);
            assert!(paths.insert(route.path), "{} {} is there twice", kind.id, route.path);
            assert!(!route.methods.is_empty(), "{} {}", kind.id, route.path);
        }
    }
    Ok(())
}
