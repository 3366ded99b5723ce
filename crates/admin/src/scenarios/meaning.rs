//! What a scenario that is written down means, and why one could never act.

use super::step;
use admin_api::ScenarioSpec;
use grant::{Endpoint, GrantType};
use issuer::scenario::{Chance, Scenario};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use surface::mounts::Mount;
use surface::page::Page;
use surface::world::World;

/// The most steps of a scenario.
const STEPS: usize = 100;

/// What is wrong with a scenario, and what to do about it.
#[derive(Debug)]
pub struct Fault {
    /// What is wrong.
    pub detail: Cow<'static, str>,
    /// What to do.
    pub remedy: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(detail: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), remedy: remedy.into() }
    }
}

/// What requests a scenario is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Endpoint(Endpoint),
    Page(Page),
}

impl Place {
    /// The places that a scenario can name.
    fn all() -> impl Iterator<Item = Self> {
        let pages = Page::ALL.into_iter().filter(|page| *page != Page::Error).map(Self::Page);
        Endpoint::ALL.into_iter().map(Self::Endpoint).chain(pages)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint(endpoint) => endpoint.as_str(),
            Self::Page(page) => page.as_str(),
        }
    }
}

/// What a scenario means that may act on this gateway.
pub(super) fn of(world: &World, spec: &ScenarioSpec) -> Result<Scenario, Fault> {
    let place = place(spec)?;
    let meaning = read(world, spec)?;
    grant(spec, place)?;
    user(spec, place)?;
    let of_spec = |mount: &&Arc<Mount>| spec.mount.as_deref().is_none_or(|name| name == mount.name());
    let mounts: Vec<_> = world.mounts.all().iter().filter(of_spec).collect();
    if let (Some(name), []) = (&spec.mount, &mounts[..]) {
        let names = world.mounts.all().iter().map(|mount| mount.name()).collect::<Vec<_>>().join(", ");
        return Err(Fault::new(format!("there is no mount `{}`", name.escape_debug()), format!("there are {names}")));
    }
    served(&mounts, spec, place)?;
    client(&mounts, spec, place)?;
    Ok(meaning)
}

/// What a scenario means, whatever mounts there are.
pub(super) fn read(world: &World, spec: &ScenarioSpec) -> Result<Scenario, Fault> {
    let place = place(spec)?;
    let grant =
        known("grant", spec.grant.as_deref(), GrantType::parse, || GrantType::ALL.map(GrantType::as_str).into())?;
    let chance = match spec.probability {
        Some(probability) if (0.0..=1.0).contains(&probability) => {
            Some(Chance { probability, seed: spec.seed.unwrap_or(0).into() })
        }
        Some(_) => return Err(Fault::new("`probability` is not from 0 to 1", "send a part, such as 0.25")),
        None if spec.seed.is_some() => {
            return Err(Fault::new("`seed` stands without `probability`", "send both, or leave `seed` out"));
        }
        None => None,
    };
    for (name, value) in [("times", spec.times), ("ttl", spec.ttl)] {
        if value == Some(0) {
            return Err(Fault::new(format!("`{name}` is 0"), "send 1 or more, or leave it out for no end"));
        }
    }
    let steps = spec.steps();
    if spec.steps.is_some() && step::is_any(&ScenarioSpec { steps: None, ..spec.clone() }.steps()) {
        return Err(Fault::new("an outcome stands beside `steps`", "put it into a step"));
    }
    if spec.steps.is_some() && spec.times.is_some() {
        return Err(Fault::new("`times` stands beside `steps`", "give each step its own `times`"));
    }
    if !(1..=STEPS).contains(&steps.len()) {
        return Err(Fault::new(format!("there are {} steps", steps.len()), format!("send 1 to {STEPS}")));
    }
    let last = steps.len() - 1;
    let read = |(index, step): (usize, _)| {
        let numbered = |fault: Fault| match &spec.steps {
            Some(_) => Fault { detail: format!("step {}: {}", index + 1, fault.detail).into(), ..fault },
            None => fault,
        };
        step::read(step, place, index == last).map_err(numbered)
    };
    Ok(Scenario {
        mount: spec.mount.clone(),
        target: place.map(Place::as_str),
        client_id: spec.client_id.clone(),
        user: spec.user.as_deref().map(|name| subject(world, spec, name)),
        grant,
        after: spec.after.unwrap_or(0).into(),
        chance,
        ends_at: None,
        steps: steps.iter().enumerate().map(read).collect::<Result<_, _>>()?,
    })
}

/// The `sub` of the user of that name.
fn subject(world: &World, spec: &ScenarioSpec, name: &str) -> String {
    let of_spec = |mount: &&Arc<Mount>| spec.mount.as_deref().is_none_or(|of| of == mount.name());
    let mut mounts = world.mounts.all().iter().filter(of_spec);
    let found = mounts.find_map(|mount| mount.core.directory.find_user(name));
    found.map_or_else(|| name.to_owned(), |user| user.sub.to_string())
}

fn place(spec: &ScenarioSpec) -> Result<Option<Place>, Fault> {
    let parse = |name: &str| Place::all().find(|place| place.as_str() == name);
    known("endpoint", spec.endpoint.as_deref(), parse, || Place::all().map(Place::as_str).collect())
}

/// A grant is named at the token endpoint alone.
fn grant(spec: &ScenarioSpec, place: Option<Place>) -> Result<(), Fault> {
    match place {
        Some(place) if spec.grant.is_some() && !matches!(place, Place::Endpoint(Endpoint::Token)) => Err(Fault::new(
            format!("a request to `{}` names no `grant`", place.as_str()),
            "leave `grant` out, or send `endpoint` as `token`",
        )),
        _ => Ok(()),
    }
}

/// Whom a request speaks for is known where it shows something that was issued to a user.
fn user(spec: &ScenarioSpec, place: Option<Place>) -> Result<(), Fault> {
    use Endpoint::{Token, UserInfo, Verify};
    match place {
        Some(place) if spec.user.is_some() && !matches!(place, Place::Endpoint(Token | UserInfo | Verify)) => {
            Err(Fault::new(
                format!("whom a request to `{}` speaks for is not known", place.as_str()),
                "leave `user` out, or send `endpoint` as `token`, `userinfo` or `verify`",
            ))
        }
        _ => Ok(()),
    }
}

/// A client that nobody registered can be named by a request, but no token, code or sign-in is one of its own.
fn client(mounts: &[&Arc<Mount>], spec: &ScenarioSpec, place: Option<Place>) -> Result<(), Fault> {
    let (Some(client_id), Some(place)) = (&spec.client_id, place) else { return Ok(()) };
    match place {
        Place::Endpoint(Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke | Endpoint::DeviceAuthorization) => {
            return Ok(());
        }
        Place::Endpoint(Endpoint::Discovery | Endpoint::Jwks | Endpoint::EndSession) | Place::Page(_) => {
            let detail = format!("a request to `{}` names no client", place.as_str());
            return Err(Fault::new(detail, "leave `client_id` out"));
        }
        Place::Endpoint(Endpoint::Authorize | Endpoint::UserInfo | Endpoint::Verify) => {}
    }
    if mounts.iter().any(|mount| mount.core.directory.client(client_id).is_some()) {
        return Ok(());
    }
    let detail = format!(
        "client `{}` is not registered, and `{}` knows registered clients alone",
        client_id.escape_debug(),
        place.as_str()
    );
    Err(Fault::new(detail, "register the client first, or leave `client_id` out"))
}

/// A mount must have what is named.
fn served(mounts: &[&Arc<Mount>], spec: &ScenarioSpec, place: Option<Place>) -> Result<(), Fault> {
    let Some(place) = place else { return Ok(()) };
    let served: Vec<_> = mounts.iter().map(|mount| places(mount)).collect();
    if served.iter().any(|places| places.contains(&place.as_str())) {
        return Ok(());
    }
    let (name, place) = (spec.mount.as_deref(), place.as_str());
    let detail = match name {
        Some(name) => format!("mount `{name}` has no `{place}`"),
        None => format!("no mount has a `{place}`"),
    };
    let mut remedy = "send `endpoint` as one that is there".to_owned();
    if let (Some(_), [places]) = (name, &served[..]) {
        let _ = write!(remedy, ": {}", places.join(", "));
    }
    Err(Fault::new(detail, remedy))
}

/// What a mount has. The gateway gives an authorization endpoint and pages to vendors that have none of their own.
pub(crate) fn places(mount: &Mount) -> Vec<&'static str> {
    let dialect = mount.dialect();
    let has_sign_in = dialect.policy().sign_in.is_some();
    let routes: Vec<_> = dialect.routes().iter().map(|route| route.endpoint).collect();
    let is_served = |place: &Place| match place {
        Place::Endpoint(Endpoint::Verify | Endpoint::Jwks) => true,
        Place::Endpoint(Endpoint::Authorize) => has_sign_in || routes.contains(&Endpoint::Authorize),
        Place::Endpoint(endpoint) => routes.contains(endpoint),
        Place::Page(Page::Device) => dialect.capabilities().grants.contains(&GrantType::DeviceCode),
        Place::Page(_) => has_sign_in,
    };
    Place::all().filter(is_served).map(Place::as_str).collect()
}

fn known<T>(
    key: &str,
    name: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
    all: impl FnOnce() -> Vec<&'static str>,
) -> Result<Option<T>, Fault> {
    let Some(name) = name else { return Ok(None) };
    parse(name).map(Some).ok_or_else(|| {
        let detail = format!("`{key}` is `{}`, which is not known", name.escape_debug());
        Fault::new(detail, format!("there are {}", all().join(", ")))
    })
}
