//! The answer to a granted request, and what is said of a token.

use crate::exchange::Place as ExchangePlace;
use crate::file;
use crate::ordered::Ordered;
use crate::source::Faults;
use crate::template::names::{Place, Source};
use crate::template::value::Filling;
use crate::template::{Media, Template, Values};
use dialect::proof::ACCESS_TOKEN;
use dialect::{Context, WireResponse, has_no_content, intern};
use grant::{GrantType, Identity, IssuedToken, TokenReply};
use std::borrow::Cow;

/// An answer: status, headers, bodies.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, HeaderText)>,
    head: Head,
    accept: Vec<(&'static str, Head)>,
}

/// A body with its media type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) content_type: &'static str,
    pub(crate) body: Template,
}

impl Answer {
    /// The answer that a file describes, over another.
    pub(crate) fn of(
        file: &file::Answer,
        over: Option<&Self>,
        place: Place<'_>,
        key: &[&str],
        faults: &mut Faults,
    ) -> Self {
        let of = |part: &'static str| key.iter().copied().chain([part]).collect::<Vec<_>>();
        let status = file.status.or(over.map(|over| over.status)).unwrap_or(200);
        if !(200..=299).contains(&status) {
            faults.add(&of("status"), format!("{status} is no status of a success; write 200 to 299"));
        }
        let mut headers = over.map(|over| over.headers.clone()).unwrap_or_default();
        for (name, text) in self::headers(&file.headers, place, &of("headers"), faults) {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push((name, text));
        }
        headers.retain(|(_, text)| !text.is_empty());
        let inherited = over.map_or("application/json", |over| over.head.content_type);
        check_header(file.content_type.as_deref().unwrap_or_default(), &of("content_type"), faults);
        let content_type = file.content_type.as_deref().map_or(inherited, intern);
        let body = match (&file.body, over) {
            (Some(text), _) => template(text, Media::of_body(content_type, text), place, &of("body"), faults),
            (None, Some(over)) => over.head.body.clone(),
            (None, None) => Template::default(),
        };
        let mut accept = accept(&file.accept, place, &of("accept"), faults);
        if accept.is_empty() && file.body.is_none() {
            accept.extend(over.into_iter().flat_map(|over| over.accept.iter().cloned()));
        }
        if has_no_content(status) && (body.constant() != Some("") || !accept.is_empty()) {
            faults.add(&of("status"), no_content(status));
        }
        Self { status, headers, head: Head { content_type, body }, accept }
    }

    /// Everything that it names.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let templates = self.headers.iter().filter_map(|(_, text)| text.template());
        let bodies = std::iter::once(&self.head).chain(self.accept.iter().map(|(_, head)| head)).map(|head| &head.body);
        templates.chain(bodies).flat_map(Template::holes).map(|hole| hole.source).collect()
    }

    /// The answer that these values fill.
    pub(crate) fn encode(&self, values: &impl Values, context: &Context<'_>) -> WireResponse {
        let head = match (&*self.accept, accepts(context)) {
            ([], _) | (_, None) => &self.head,
            (named, Some(accept)) => {
                named.iter().find(|(media, _)| accept.contains(media)).map_or(&self.head, |(_, head)| head)
            }
        };
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        if !head.content_type.is_empty() {
            headers.push(("Content-Type", head.content_type.into()));
        }
        headers.extend(self.headers.iter().filter_map(|(name, text)| text.header(name, values)));
        WireResponse { status: self.status, headers, body: head.body.bytes(values) }
    }

    /// The answer to a granted token request.
    pub(crate) fn granted(&self, reply: &TokenReply, place: ExchangePlace<'_>) -> WireResponse {
        self.encode(&Granted { reply, place }, place.context)
    }

    /// What is said where there is nothing to say it of.
    pub(crate) fn plain(&self, place: ExchangePlace<'_>) -> WireResponse {
        self.encode(&place, place.context)
    }

    /// What is said of a token.
    pub(crate) fn identity(&self, identity: &Identity, place: ExchangePlace<'_>) -> WireResponse {
        self.encode(&Identified { identity, place }, place.context)
    }
}

/// What is said of a status whose answers have no content, where there is a body.
pub(crate) fn no_content(status: u16) -> String {
    format!("an answer of {status} has no content, and there is a body here; write another status, or an empty body")
}

/// What a header says.
#[derive(Clone, Debug)]
pub(crate) enum HeaderText {
    Constant(&'static str),
    Template(Template),
}

impl HeaderText {
    fn new(template: Template) -> Self {
        match template.constant() {
            Some(text) => Self::Constant(intern(text)),
            None => Self::Template(template),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Constant(""))
    }

    fn template(&self) -> Option<&Template> {
        match self {
            Self::Constant(_) => None,
            Self::Template(template) => Some(template),
        }
    }

    /// The header of that name; none where there is no value to say.
    pub(crate) fn header(&self, name: &'static str, values: &impl Values) -> Option<(&'static str, Cow<'static, str>)> {
        let value = match self {
            Self::Constant(text) => Cow::Borrowed(*text),
            Self::Template(template) => Cow::Owned(template.text(values).into_owned()),
        };
        (!value.is_empty()).then_some((name, value))
    }
}

/// The media types that the request accepts, as its header has them.
pub(crate) fn accepts<'c>(context: &'c Context<'_>) -> Option<&'c str> {
    context.asked.header("accept")
}

/// The template of a key; what is wrong with it is a fault.
pub(crate) fn template(text: &str, media: Media, place: Place<'_>, key: &[&str], faults: &mut Faults) -> Template {
    // No text is no JSON, and the body of what has none.
    let media = if text.is_empty() { Media::Plain } else { media };
    Template::parse(text, media, place).unwrap_or_else(|misfit| {
        faults.add_at(key, misfit.offset, misfit.message);
        Template::default()
    })
}

/// Headers that the framework makes, or that would change what the rest of an answer means.
const OWN: [&str; 6] = ["content-type", "content-length", "transfer-encoding", "connection", "date", "upgrade"];

/// The headers of a key.
pub(crate) fn headers(
    file: &Ordered<String>,
    place: Place<'_>,
    key: &[&str],
    faults: &mut Faults,
) -> Vec<(&'static str, HeaderText)> {
    let is_token = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b))
    };
    let mut headers = Vec::new();
    for (name, text) in &file.0 {
        let key: Vec<_> = key.iter().copied().chain([name.as_str()]).collect();
        if !is_token(name) || OWN.contains(&name.to_ascii_lowercase().as_str()) {
            faults.add(&key, "is a header that a pack does not set; content_type says the media type");
            continue;
        }
        check_header(text, &key, faults);
        headers.push((intern(name), HeaderText::new(template(text, Media::Plain, place, &key, faults))));
    }
    headers
}

/// Refuses what no header can say: the answer would be sent without it.
pub(crate) fn check_header(text: &str, key: &[&str], faults: &mut Faults) {
    if text.chars().any(|c| c.is_control() && c != '\t') {
        faults.add(key, "has a line break or another control character, which no header has; take it out");
    }
}

/// The bodies by media type.
pub(crate) fn accept(
    file: &Ordered<file::Body>,
    place: Place<'_>,
    key: &[&str],
    faults: &mut Faults,
) -> Vec<(&'static str, Head)> {
    let body = |(media, body): &(String, file::Body)| {
        let key: Vec<_> = key.iter().copied().chain([media.as_str(), "body"]).collect();
        let content_type = body.content_type.as_deref().unwrap_or(media);
        check_header(content_type, &key, faults);
        let template = template(&body.body, Media::of_body(content_type, &body.body), place, &key, faults);
        (intern(media), Head { content_type: intern(content_type), body: template })
    };
    file.0.iter().map(body).collect()
}

/// What fills the answer to a granted request.
struct Granted<'a> {
    reply: &'a TokenReply,
    place: ExchangePlace<'a>,
}

impl Values for Granted<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let TokenReply { facts, scopes, .. } = self.reply;
        let (client, user) = (facts.client.as_deref(), facts.user.as_deref());
        let id = client.map(|client| client.id.as_str());
        match source {
            Source::AccessToken => self.reply.access_token.as_str().into(),
            Source::IdToken => self.reply.id_token.as_ref().map(IssuedToken::as_str).into(),
            Source::RefreshToken => self.reply.refresh_token.as_ref().map(IssuedToken::as_str).into(),
            Source::GrantType => self.reply.grant_type.as_str().into(),
            Source::IssuedTokenType => {
                Some(ACCESS_TOKEN).filter(|_| self.reply.grant_type == GrantType::TokenExchange).into()
            }
            Source::ExpiresIn => Filling::Int(self.reply.expires_in.0),
            Source::ExpiresAt => Filling::Int(self.reply.expires_in.after(facts.at)),
            Source::Now => Filling::Int(facts.at),
            Source::Scope => scopes.joined().into(),
            Source::Scopes => Filling::List(Cow::Borrowed(scopes)),
            Source::ClientId => id.into(),
            Source::ClientName => client.and_then(|client| client.name.as_deref()).or(id).into(),
            Source::ClientClaim(name) => client.and_then(|client| client.claims.get(name)).into(),
            Source::Sub => user.map(|user| &*user.sub).or(id).into(),
            Source::UserSub => user.map(|user| &*user.sub).into(),
            Source::UserName => user.map(|user| &*user.username).into(),
            Source::UserClaim(name) => user.and_then(|user| user.claims.get(name)).into(),
            Source::Param(name) => {
                facts.extra.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).into()
            }
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.reply.scopes.contains(scope)
    }
}

/// What fills what is said of a token.
struct Identified<'a> {
    identity: &'a Identity,
    place: ExchangePlace<'a>,
}

impl Values for Identified<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let Identity { facts, client, user, claims } = self.identity;
        let (client, user) = (client.as_deref(), user.as_deref());
        match source {
            Source::Sub => (&*facts.subject).into(),
            Source::Scope => facts.scopes.joined().into(),
            Source::Scopes => Filling::List(Cow::Borrowed(&facts.scopes)),
            Source::ClientId => facts.client_id.as_ref().map(grant::ClientId::as_str).into(),
            Source::ClientName => client.and_then(|client| client.name.as_deref()).into(),
            Source::ClientClaim(name) => client.and_then(|client| client.claims.get(name)).into(),
            Source::UserSub => user.map(|user| &*user.sub).into(),
            Source::UserName => user.map(|user| &*user.username).into(),
            Source::UserClaim(name) => user.and_then(|user| user.claims.get(name)).into(),
            Source::Claim(name) => claims.get(name).into(),
            Source::ExpiresAt => claims.get("exp").into(),
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.identity.facts.scopes.contains(scope)
    }
}
