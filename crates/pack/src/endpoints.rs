//! The endpoints that the standard has beside authorization and token endpoint, as a pack has them.

use crate::answer::{Answer, template};
use crate::exchange::Place as ExchangePlace;
use crate::fields::Fields;
use crate::file::{self, Carrier, File};
use crate::names_of::{Names, names, own_name};
use crate::request::TokenReader;
use crate::source::Faults;
use crate::template::names::Place;
use crate::template::{Media, Template};
use dialect::{Form, Route, WireRequest, WireResponse, authorize, calls, check_method, intern, respond};
use grant::{
    Claims, ClientAuth, Echo, EndSessionRequest, Endpoint, Identity, IntrospectRequest, Refusal, RefusalKind,
    RequestFault, RevokeRequest, Secret, Value,
};
use openid_connect::encode;

/// What a pack says of them.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    /// What the vendor calls the token that is introspected.
    token_to_introspect: &'static str,
    active: Option<Answer>,
    inactive: Option<Answer>,
    /// What it calls the token that is revoked.
    token_to_revoke: &'static str,
    /// What a request to revoke is written in, where that is not a form alone.
    carriers: Vec<Carrier>,
    revoked: Option<Answer>,
    end_session: Names,
    /// Members of the metadata.
    members: Vec<(&'static str, Member)>,
    without: Vec<&'static str>,
}

/// A member of the metadata.
#[derive(Clone, Debug)]
enum Member {
    Text(Template),
    Data(Value),
}

/// The standard's name of the token that is introspected or revoked.
const TOKEN: &str = "token";

/// A client's credentials, or what is wrong with them.
type Client = Result<ClientAuth, Refusal>;

impl Endpoints {
    /// Those that a file describes.
    pub(crate) fn of(file: &File, faults: &mut Faults) -> Self {
        let (introspect, revoke) = (&file.introspect, &file.revoke);
        let mut answer = |answer: &file::Answer, key: &[&str]| {
            answer.is_said().then(|| Answer::of(answer, None, Place::Identity, key, faults))
        };
        let active = answer(&introspect.answer, &["introspect", "answer"]);
        let inactive = answer(&introspect.inactive, &["introspect", "inactive"]);
        let revoked = answer(&revoke.answer, &["revoke", "answer"]);
        let (asks, ends) =
            (&[TOKEN, "token_type_hint"], &["id_token_hint", "client_id", "post_logout_redirect_uri", "state"]);
        // A hint changes nothing: its name alone is looked at.
        let mut named = |file, key| own_name(&names(file, asks, &[key, "names"], faults), TOKEN);
        let (token_to_introspect, token_to_revoke) =
            (named(&introspect.names, "introspect"), named(&revoke.names, "revoke"));
        Self {
            token_to_introspect,
            active,
            inactive,
            token_to_revoke,
            carriers: revoke.body.clone(),
            revoked,
            end_session: names(&file.end_session.names, ends, &["end_session", "names"], faults),
            members: members(&file.discovery, faults),
            without: file.discovery.without.iter().map(|name| intern(name)).collect(),
        }
    }

    /// The answers that are the pack's own.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        [&self.active, &self.inactive, &self.revoked].into_iter().flatten()
    }

    /// A request to introspect a token.
    pub(crate) fn introspect(
        &self,
        wire: &WireRequest<'_>,
        route: &Route,
        reader: Option<&TokenReader>,
    ) -> Result<IntrospectRequest, Refusal> {
        let (client, fields) = asked(wire, route, &[], reader)?;
        Ok(IntrospectRequest { client, token: fields.text(self.token_to_introspect)?.map(Secret::from) })
    }

    /// A request to revoke a token.
    pub(crate) fn revoke(
        &self,
        wire: &WireRequest<'_>,
        route: &Route,
        reader: Option<&TokenReader>,
    ) -> Result<RevokeRequest, Refusal> {
        let (client, fields) = asked(wire, route, &self.carriers, reader)?;
        // A hint that is unknown changes nothing (RFC 7009 section 2.2).
        Ok(RevokeRequest { client, token: fields.text(self.token_to_revoke)?.map(Secret::from), hint: None })
    }

    /// The same refusal by the vendor's name of the token that is missing; `None` where that is the standard's.
    pub(crate) fn by_own_name(&self, kind: &RefusalKind, endpoint: Endpoint) -> Option<RefusalKind> {
        let own = match endpoint {
            Endpoint::Introspect => self.token_to_introspect,
            Endpoint::Revoke => self.token_to_revoke,
            _ => return None,
        };
        let is_missing = |field: &Echo| field.as_str() == TOKEN && own != TOKEN;
        match kind {
            RefusalKind::InvalidRequest(RequestFault::Missing(field)) if is_missing(field) => {
                Some(RefusalKind::InvalidRequest(RequestFault::Missing(own.to_owned().into())))
            }
            _ => None,
        }
    }

    /// A request to end the session.
    pub(crate) fn end_session(&self, wire: &WireRequest<'_>, route: &Route) -> Result<EndSessionRequest, Refusal> {
        check_method(wire, route)?;
        Ok(calls::ending(&authorize::form(wire)?.renamed(&self.end_session)))
    }

    /// What a token is worth.
    pub(crate) fn introspection(&self, identity: Option<&Identity>, place: ExchangePlace<'_>) -> WireResponse {
        match (identity, &self.active, &self.inactive) {
            (Some(identity), Some(answer), _) => answer.identity(identity, place),
            (None, _, Some(answer)) => answer.plain(place),
            (identity, ..) => encode::introspection(identity),
        }
    }

    /// That a token is no more.
    pub(crate) fn revoked(&self, place: ExchangePlace<'_>) -> WireResponse {
        self.revoked.as_ref().map_or_else(|| WireResponse::empty(200), |answer| answer.plain(place))
    }

    /// The metadata, of which `body` is what is served. A part of a path that varies is what it is in the request.
    pub(crate) fn metadata(&self, mut body: Claims, place: ExchangePlace<'_>) -> WireResponse {
        let parts = place.parts();
        if !parts.is_empty() {
            let filled = |text: &str| {
                parts.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
            };
            let varying: Vec<_> =
                body.iter().filter_map(|(name, value)| Some((name.to_owned(), filled(value.as_str()?)))).collect();
            for (name, value) in varying {
                body.set(&name, value.into());
            }
        }
        for name in &self.without {
            body.remove(name);
        }
        for (name, member) in &self.members {
            let value = match member {
                Member::Text(text) => text.text(&place).into_owned().into(),
                Member::Data(value) => value.clone(),
            };
            body.set(name, value);
        }
        respond::json(200, "application/json", &body)
    }
}

/// A request with a client's credentials, which stand where `reader` has them at the token endpoint, else where the standard has.
/// It is a form, or written in one of `carriers` where there are any.
fn asked<'b>(
    wire: &WireRequest<'b>,
    route: &Route,
    carriers: &[Carrier],
    reader: Option<&TokenReader>,
) -> Result<(Client, Fields<'b>), Refusal> {
    check_method(wire, route)?;
    let fields = Fields::read(wire, if carriers.is_empty() { &[Carrier::Form] } else { carriers })?;
    let client = match (reader, &fields) {
        (Some(reader), _) => reader.client(wire, &fields)?,
        (None, Fields::Form(form)) => openid_connect::client(wire, form)?,
        // The standard has no credentials in JSON: they are in the header.
        (None, Fields::Json(_)) => openid_connect::client(wire, &Form::read(b"")?)?,
    };
    Ok((client, fields))
}

fn members(file: &file::Discovery, faults: &mut Faults) -> Vec<(&'static str, Member)> {
    let mut members = Vec::new();
    for (name, value) in &file.members.0 {
        let key = ["discovery", "members", name.as_str()];
        let member = if let toml::Value::String(text) = value {
            Member::Text(template(text, Media::Plain, Place::Identity, &key, faults))
        } else {
            let read = serde_json::to_value(value).ok().and_then(|value| serde_json::from_value(value).ok());
            if read.is_none() {
                faults.add(&key, "must be a text, a number, true, false, an array or a table");
            }
            Member::Data(read.unwrap_or(Value::Null))
        };
        members.push((intern(name), member));
    }
    members
}
