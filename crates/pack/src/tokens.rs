//! The tokens of a pack: planned, and read back as what they are.

use crate::claims::{ClaimTemplate, ClaimsTemplate, Made};
use crate::file::{File, Form, Issue};
use crate::source::Faults;
use crate::template::names::Source;
use crate::template::value::Filter;
use dialect::intern;
use grant::{
    ClientId, Grant, GrantType, HeaderMember, HeaderOrder, PlannedToken, Policy, Scopes, Seconds, TokenFacts,
    TokenKind, TokenPlan, TokenView, Value,
};

/// All tokens of a pack.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    access: TokenTemplate,
    id: Option<TokenTemplate>,
    refresh: Option<TokenTemplate>,
    id_scope: &'static str,
    issue: Issue,
    refresh_scope: &'static str,
    acts_for_user: bool,
}

/// One kind of token.
#[derive(Clone, Debug)]
struct TokenTemplate {
    kind: TokenKind,
    typ: &'static str,
    header: HeaderOrder,
    claims: ClaimsTemplate,
    /// What tells the kinds apart that have the same `typ`: claims that it always has, and that it never has.
    always: Vec<&'static str>,
    never: Vec<&'static str>,
}

impl Tokens {
    /// The tokens that a file describes.
    pub(crate) fn of(file: &File, faults: &mut Faults) -> Self {
        let token = |kind, key: &str, typ: &str, header, claims: &str, faults: &mut Faults| {
            let claims = ClaimsTemplate::parse(claims).unwrap_or_else(|misfit| {
                faults.add_at(&[key, "claims"], misfit.offset, misfit.message);
                ClaimsTemplate::default()
            });
            TokenTemplate { kind, typ: intern(typ), header, claims, always: Vec::new(), never: Vec::new() }
        };
        let (access, id, refresh) = (&file.access_token, &file.id_token, &file.refresh_token);
        let access = token(
            TokenKind::Access,
            "access_token",
            &access.typ,
            header_of(access.kid, &access.header, "access_token", faults),
            &access.claims,
            faults,
        );
        let id = (!id.with_scope.is_empty()).then(|| {
            token(
                TokenKind::Id,
                "id_token",
                &id.typ,
                header_of(id.kid, &id.header, "id_token", faults),
                &id.claims,
                faults,
            )
        });
        let is_jwt = refresh.form == Some(Form::Jwt) && refresh.issue != Issue::Never;
        let of_refresh = is_jwt.then(|| {
            token(
                TokenKind::Refresh,
                "refresh_token",
                &refresh.typ,
                header_of(refresh.kid, &refresh.header, "refresh_token", faults),
                &refresh.claims,
                faults,
            )
        });
        let of_clients = file.token.grants.iter().any(|grant| grant == GrantType::ClientCredentials.as_str());
        if refresh.issue == Issue::Always && !is_jwt && of_clients {
            let message = "is `always`, and client credentials come with a refresh token where that is a JWT alone; write \
                           form = \"jwt\" with its claims, or issue = \"code\"";
            faults.add(&["refresh_token", "issue"], message);
        }
        let mut tokens = Self {
            access,
            id,
            refresh: of_refresh,
            id_scope: intern(&file.id_token.with_scope),
            issue: refresh.issue,
            refresh_scope: intern(&refresh.with_scope),
            acts_for_user: file.client.acts_for_user,
        };
        if faults.is_empty() {
            tokens.tell_apart(faults);
        }
        tokens
    }

    fn all(&self) -> impl Iterator<Item = &TokenTemplate> {
        [Some(&self.access), self.id.as_ref(), self.refresh.as_ref()].into_iter().flatten()
    }

    /// Finds what tells each kind from the others.
    fn tell_apart(&mut self, faults: &mut Faults) {
        for token in self.all() {
            token.check(faults);
        }
        let shapes: Vec<_> = self.all().map(|token| (token.kind, token.typ, token.names())).collect();
        for token in [Some(&mut self.access), self.id.as_mut(), self.refresh.as_mut()].into_iter().flatten() {
            let (own, always) = token.names();
            let others = shapes.iter().filter(|(kind, typ, _)| *kind != token.kind && *typ == token.typ);
            for (kind, _, (names, theirs)) in others {
                let never: Vec<_> = names.iter().filter(|name| !own.contains(name)).copied().collect();
                let told =
                    theirs.iter().any(|name| !own.contains(name)) || always.iter().any(|name| !names.contains(name));
                if !told {
                    let message = format!(
                        "has the same `typ` as the {} and no claim that tells it apart; give it a `typ` of its own, or \
                         a claim that the other never has",
                        key_of(*kind)
                    );
                    faults.add(&[key_of(token.kind), "claims"], message);
                }
                token.never.extend(never);
            }
            token.always = always;
        }
    }

    /// The claims of clients and users that the tokens have.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.all().flat_map(|token| token.claims.holes()).map(|hole| &hole.source)
    }

    /// Whether a token says a user's `sub` as a number.
    pub(crate) fn has_numbered_users(&self) -> bool {
        let mut holes = self.all().flat_map(|token| token.claims.holes());
        holes.any(|hole| hole.source == Source::UserSub && hole.filters.contains(&Filter::Int))
    }

    /// Whether a grant of `scopes` comes with a refresh token.
    pub(crate) fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        let by_grant = match self.issue {
            Issue::Always => true,
            Issue::Code => grant_type != GrantType::ClientCredentials,
            Issue::Never => false,
        };
        by_grant && (self.refresh_scope.is_empty() || scopes.contains(self.refresh_scope))
    }

    /// The scope without which no refresh token is issued, where one ever is.
    pub(crate) fn refresh_scope(&self) -> Option<&'static str> {
        Some(self.refresh_scope).filter(|scope| !scope.is_empty() && self.issue != Issue::Never)
    }

    /// The tokens of a grant. One for a user without a user yields none.
    pub(crate) fn plan(&self, grant: &Grant<'_>, policy: &Policy) -> TokenPlan {
        if self.acts_for_user && grant.user.is_none() {
            return TokenPlan { tokens: Vec::new() };
        }
        let ends = |ttl: Seconds| ttl.after(grant.now);
        let mut tokens = vec![self.access.plan(grant, grant.scopes, ends(policy.access_ttl))];
        if let Some(id) = self.id.as_ref().filter(|_| grant.user.is_some() && grant.scopes.contains(self.id_scope)) {
            tokens.push(id.plan(grant, grant.scopes, ends(policy.id_ttl)));
        }
        if let (Some(refresh), Some(terms)) = (&self.refresh, grant.refresh) {
            tokens.push(refresh.plan(grant, terms.scopes, terms.expires_at));
        }
        TokenPlan { tokens }
    }

    /// Whether there are refresh tokens of the pack's own making.
    pub(crate) const fn has_refresh(&self) -> bool {
        self.refresh.is_some()
    }

    /// Whether a token has the form that those of its kind have here, and no other kind has.
    pub(crate) fn is_ours(&self, kind: TokenKind, token: &TokenView<'_>) -> bool {
        self.all().any(|template| template.kind == kind && template.is_ours(token))
    }

    /// Reads a token back; `None` where it is none that [`Tokens::plan`] makes.
    pub(crate) fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        let template = self.all().find(|template| template.kind == kind)?;
        template.read(token, self.acts_for_user)
    }
}

const fn key_of(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access_token",
        TokenKind::Id => "id_token",
        TokenKind::Refresh => "refresh_token",
    }
}

/// The members of a token's header, as a file has them.
fn header_of(kid: bool, order: &[String], key: &'static str, faults: &mut Faults) -> HeaderOrder {
    use HeaderMember::{Alg, Kid, Typ};
    const ORDERS: [HeaderOrder; 8] = [
        HeaderMember::WITHOUT_KID,
        &[Typ, Alg],
        HeaderMember::WITH_KID,
        &[Alg, Typ, Kid],
        &[Kid, Alg, Typ],
        &[Kid, Typ, Alg],
        &[Typ, Alg, Kid],
        &[Typ, Kid, Alg],
    ];
    if order.is_empty() {
        return if kid { HeaderMember::WITH_KID } else { HeaderMember::WITHOUT_KID };
    }
    let named: Option<Vec<_>> = order.iter().map(|name| HeaderMember::parse(name)).collect();
    let found = ORDERS.into_iter().find(|known| Some(*known) == named.as_deref());
    found.unwrap_or_else(|| {
        faults.add(
            &[key, "header"],
            "must be `alg` and `typ` once each, and `kid` at most once, as in [\"typ\", \"alg\", \"kid\"]",
        );
        HeaderMember::WITHOUT_KID
    })
}

impl TokenTemplate {
    /// All claims, and those that are always there.
    fn names(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let claims = &self.claims.0;
        let always = claims.iter().filter(|claim| claim.needs.is_empty() && !is_user_claim(claim));
        (claims.iter().map(|claim| claim.name).collect(), always.map(|claim| claim.name).collect())
    }

    /// Whether the gateway can read it back.
    fn check(&self, faults: &mut Faults) {
        let mut wants = |name: &str, hole: &str, holds: bool| {
            if !holds {
                let message =
                    format!("have no `\"{name}\":{hole}`, by which the gateway knows its own tokens; add that claim");
                faults.add(&[key_of(self.kind), "claims"], message);
            }
        };
        let is = |name: &str, wanted: fn(&Source) -> bool| {
            self.claims.claim_of(wanted).is_some_and(|claim| claim.name == name)
        };
        wants("iss", "\"{{issuer}}\"", is("iss", |source| *source == Source::Issuer));
        wants("exp", "{{expires_at}}", is("exp", |source| *source == Source::ExpiresAt));
        let client = self.claims.claim_of(|source| matches!(source, Source::ClientId | Source::Sub)).is_some();
        wants("client_id", "\"{{client.id}}\"", client);
        if self.kind == TokenKind::Refresh {
            wants(
                "jti",
                "\"{{token_id}}\"",
                self.claims.claim_of(|source| matches!(source, Source::TokenId(_))).is_some(),
            );
        }
    }

    fn plan(&self, grant: &Grant<'_>, scopes: &Scopes, expires_at: i64) -> PlannedToken {
        let claims = self.claims.plan(grant, scopes, expires_at);
        PlannedToken { kind: self.kind, typ: self.typ, header: self.header, claims }
    }

    fn is_ours(&self, token: &TokenView<'_>) -> bool {
        let claims = token.claims;
        token.typ == Some(self.typ)
            && self.always.iter().all(|name| claims.get(name).is_some_and(|value| *value != Value::Null))
            && self.never.iter().all(|name| claims.get(name).is_none())
    }

    fn read(&self, token: &TokenView<'_>, acts_for_user: bool) -> Option<TokenFacts> {
        if !self.is_ours(token) {
            return None;
        }
        let claims = token.claims;
        let text = |claim: Option<&ClaimTemplate>| claim.map(|claim| claims.get(claim.name));
        let named = |wanted: fn(&Source) -> bool| match text(self.claims.claim_of(wanted)) {
            Some(Some(Value::Text(text))) => Some(Some(text.clone())),
            Some(Some(_)) => None,
            _ => Some(None),
        };
        let client = named(|source| *source == Source::ClientId)?;
        let user = named(|source| *source == Source::UserSub)?;
        let either = named(|source| *source == Source::Sub)?;
        let client = client.or_else(|| either.clone())?;
        let of_name = self.claims.named("sub").and_then(|claim| claims.str(claim.name)).map(Into::into);
        let subject = of_name.or(user.clone()).or(either).unwrap_or_else(|| client.clone());
        let by_sub = self.claims.named("sub").is_none_or(|claim| is_subject(&claim.made));
        let scopes = match self.claims.claim_of(|source| matches!(source, Source::Scope | Source::Scopes)) {
            Some(claim) => scopes_of(claims.get(claim.name)?)?,
            None => self.joined(claims)?,
        };
        let token_id = named(|source| matches!(source, Source::TokenId(_)))?;
        Some(TokenFacts {
            is_user: acts_for_user || user.is_some() || (by_sub && subject != client),
            client_id: Some(ClientId::from(&*client)),
            subject,
            scopes,
            token_id: token_id.map(|id| id.to_string()),
        })
    }

    /// The scopes of a claim that has them joined by something else than a space.
    fn joined(&self, claims: &grant::Claims) -> Option<Scopes> {
        for claim in &self.claims.0 {
            let Made::Hole(hole) = &claim.made else { continue };
            if let (Source::Scope | Source::Scopes, [Filter::Join(by)]) = (&hole.source, &*hole.filters) {
                return Scopes::parse(&claims.str(claim.name)?.replace(&**by, " ")).ok();
            }
        }
        Some(Scopes::empty())
    }
}

/// Whether a claim is a fact of a user or client, which may be lacking.
fn is_user_claim(claim: &ClaimTemplate) -> bool {
    matches!(&claim.made, Made::Hole(hole) if matches!(hole.source, Source::UserClaim(_) | Source::ClientClaim(_)))
}

/// Whether a `sub` is that of a user or client of the gateway, rather than a fact of one.
fn is_subject(made: &Made) -> bool {
    matches!(made, Made::Hole(hole) if matches!(hole.source, Source::Sub | Source::UserSub))
}

fn scopes_of(value: &Value) -> Option<Scopes> {
    match value {
        Value::Text(text) => Scopes::parse(text).ok(),
        Value::List(names) => names.iter().map(|name| grant::Scope::new(name.as_str()?)).collect(),
        _ => None,
    }
}
