//! The claims of a token: planned of a template, and read back by it.

use crate::request::PART;
use crate::template::Misfit;
use crate::template::Values;
use crate::template::hole::Hole;
use crate::template::json::{self, Member, Node, Piece};
use crate::template::names::{Place, Source};
use crate::template::value::Filling;
use dialect::intern;
use grant::{ClaimSource, Grant, Scopes, TokenIdFormat, Value};
use std::borrow::Cow;

/// The claims of a token in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimsTemplate(pub(crate) Vec<ClaimTemplate>);

/// One claim.
#[derive(Clone, Debug)]
pub(crate) struct ClaimTemplate {
    pub(crate) name: &'static str,
    /// It is left out where one of these is absent.
    pub(crate) needs: Vec<Hole>,
    pub(crate) made: Made,
}

/// What a claim's value is made of.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    Const(Value),
    Hole(Hole),
    Text(Vec<Piece>),
    List(Vec<Made>),
    Map(Vec<(String, Made)>),
}

impl ClaimsTemplate {
    /// Reads the claims: a JSON object.
    pub(crate) fn parse(text: &str) -> Result<Self, Misfit> {
        let node = json::parse(text, Place::Claims)?;
        let node = if let Node::Spaced(_, node, _) = node { *node } else { node };
        let Node::Object { members, .. } = node else {
            return Err(Misfit::new(0, "claims are a JSON object, as in {\"iss\":\"{{issuer}}\"}"));
        };
        let claim = |member: &Member| {
            let needs = member.value.needs().into_iter().cloned().collect();
            Ok(ClaimTemplate { name: intern(&member.name), needs, made: Made::of(&member.value)? })
        };
        members.iter().map(claim).collect::<Result<_, Misfit>>().map(Self)
    }

    /// Every hole.
    pub(crate) fn holes(&self) -> Vec<&Hole> {
        let mut found = Vec::new();
        self.0.iter().for_each(|claim| claim.made.holes(&mut found));
        found
    }

    /// The claim that is this, unaltered.
    pub(crate) fn claim_of(&self, wanted: impl Fn(&Source) -> bool) -> Option<&ClaimTemplate> {
        self.0.iter().find(|claim| matches!(&claim.made, Made::Hole(hole) if hole.is_plain() && wanted(&hole.source)))
    }

    /// The claim of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&ClaimTemplate> {
        self.0.iter().find(|claim| claim.name == name)
    }

    /// The claims of a grant whose token ends at `expires_at`.
    pub(crate) fn plan(&self, grant: &Grant<'_>, scopes: &Scopes, expires_at: i64) -> Vec<(&'static str, ClaimSource)> {
        let values = OfGrant { grant, scopes, expires_at };
        let mut claims = Vec::with_capacity(self.0.len());
        for claim in &self.0 {
            if claim.needs.iter().all(|hole| is_there(&values, hole)) {
                claims.push((claim.name, claim.made.source(&values)));
            }
        }
        claims
    }
}

/// Whether there is something to put in; what the issuer alone knows always is.
fn is_there(values: &OfGrant<'_>, hole: &Hole) -> bool {
    matches!(hole.source, Source::TokenId(_) | Source::AccessTokenHash) || values.fill(hole) != Filling::Absent
}

impl Made {
    fn of(node: &Node) -> Result<Self, Misfit> {
        let items = |members: &[Member]| -> Result<Vec<Self>, Misfit> {
            members.iter().map(|member| Self::of(&member.value)).collect()
        };
        Ok(match node {
            Node::Bare(hole) => Self::Hole(hole.clone()),
            Node::Raw(word) => Self::Const(serde_json::from_str(word).unwrap_or(Value::Null)),
            Node::Text(pieces) => match &pieces[..] {
                [] => Self::Const("".into()),
                [Piece::Text(raw)] => Self::Const(json::read_text(raw).unwrap_or_default().into()),
                // Between quotes a value is text, unless the issuer alone knows it.
                [Piece::Hole(hole)] if is_text(&hole.source) => Self::Hole(hole.clone()),
                pieces => Self::Text(pieces.iter().map(decoded).collect()),
            },
            Node::Array { items: members, .. } => Self::List(items(members)?),
            Node::Object { members, .. } => {
                let member = |member: &Member| Ok((member.name.clone(), Self::of(&member.value)?));
                Self::Map(members.iter().map(member).collect::<Result<_, Misfit>>()?)
            }
            Node::Spaced(_, node, _) => Self::of(node)?,
        })
    }

    fn holes<'m>(&'m self, found: &mut Vec<&'m Hole>) {
        match self {
            Self::Const(_) => {}
            Self::Hole(hole) => found.push(hole),
            Self::Text(pieces) => found.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Hole(hole) => Some(hole),
                Piece::Text(_) => None,
            })),
            Self::List(items) => items.iter().for_each(|item| item.holes(found)),
            Self::Map(members) => members.iter().for_each(|(_, made)| made.holes(found)),
        }
    }

    fn source(&self, values: &OfGrant<'_>) -> ClaimSource {
        match self {
            Self::Hole(hole) => match hole.source {
                Source::TokenId(format) => ClaimSource::TokenId(format),
                Source::AccessTokenHash => ClaimSource::AccessTokenHash,
                Source::Issuer if hole.is_plain() => Value::Text(values.grant.issuer.clone()).into(),
                Source::ClientId if hole.is_plain() => Value::Text(values.grant.client.id.shared()).into(),
                _ => values.fill(hole).into_value().into(),
            },
            made => made.value(values).into(),
        }
    }

    fn value(&self, values: &OfGrant<'_>) -> Value {
        match self {
            Self::Const(value) => value.clone(),
            Self::Hole(hole) => values.fill(hole).into_value(),
            Self::Text(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => Cow::Owned(text.clone()),
                    Piece::Hole(hole) => Cow::Owned(values.fill(hole).into_text().into_owned()),
                };
                pieces.iter().map(piece).collect::<String>().into()
            }
            Self::List(items) => Value::List(items.iter().map(|item| item.value(values)).collect()),
            Self::Map(members) => {
                let mut map = grant::Claims::empty();
                for (name, made) in members {
                    map.set(name, made.value(values));
                }
                Value::Map(map)
            }
        }
    }
}

fn decoded(piece: &Piece) -> Piece {
    match piece {
        Piece::Text(raw) => Piece::Text(json::read_text(raw).unwrap_or_default()),
        Piece::Hole(hole) => Piece::Hole(hole.clone()),
    }
}

/// Whether a name always stands for text: quotes around it change nothing.
const fn is_text(source: &Source) -> bool {
    matches!(
        source,
        Source::Issuer
            | Source::ClientId
            | Source::ClientName
            | Source::Sub
            | Source::UserSub
            | Source::UserName
            | Source::Scope
            | Source::GrantType
            | Source::TokenId(TokenIdFormat::Uuid | TokenIdFormat::Hex32)
            | Source::AccessTokenHash
            | Source::Nonce
            | Source::Sid
            | Source::Param(_)
            | Source::Part(_)
    )
}

/// What fills the holes of claims.
struct OfGrant<'a> {
    grant: &'a Grant<'a>,
    scopes: &'a Scopes,
    expires_at: i64,
}

impl Values for OfGrant<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let Grant { client, user, login, extra, .. } = self.grant;
        let parameter = |name: &str| extra.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        match source {
            Source::Now => Filling::Int(self.grant.now),
            Source::ExpiresAt => Filling::Int(self.expires_at),
            Source::Issuer => (&**self.grant.issuer).into(),
            Source::GrantType => self.grant.grant_type.as_str().into(),
            Source::Scope => self.scopes.joined().into(),
            Source::Scopes => Filling::List(Cow::Borrowed(self.scopes)),
            Source::ClientId => client.id.as_str().into(),
            Source::ClientName => client.name.as_deref().unwrap_or(client.id.as_str()).into(),
            Source::ClientClaim(name) => client.claims.get(name).into(),
            Source::Sub => user.map_or(client.id.as_str(), |user| &*user.sub).into(),
            Source::UserSub => user.map(|user| &*user.sub).into(),
            Source::UserName => user.map(|user| &*user.username).into(),
            Source::UserClaim(name) => user.and_then(|user| user.claims.get(name)).into(),
            Source::Nonce => login.and_then(|login| login.nonce.as_deref()).into(),
            Source::Sid => login.map(|login| login.sid.as_str()).into(),
            Source::AuthTime => login.map_or(Filling::Absent, |login| Filling::Int(login.auth_time)),
            Source::Param(name) => parameter(name).into(),
            // Parts of the path come among the parameters, by the template that has them.
            Source::Part(name) => {
                let part = |(known, _): &&(&str, String)| known.strip_prefix(PART) == Some(name);
                extra.iter().find(part).map(|(_, value)| value.as_str()).into()
            }
            _ => Filling::Absent,
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}
