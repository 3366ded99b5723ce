//! What a token is, and everything that is wrong with it: for whoever wonders why it is refused.

use crate::At;
use crate::keys::SigningKey;
use crate::keys::jwt::{self, Unchecked};
use crate::opaque;
use grant::{Claims, Refusal, SigningAlg, TokenFacts, TokenKind, TokenView};
use std::sync::Arc;

/// What is known of a token at one mount. Nothing of it is remembered.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Whether a key of the mount signed it.
    pub is_signed: bool,
    /// Whether it names the mount as its issuer.
    pub is_issued: bool,
    /// What the mount would issue it as.
    pub kind: Option<TokenKind>,
    /// Its header.
    pub header: Claims,
    /// Its claims.
    pub claims: Claims,
    /// The key that signed it.
    pub kid: Option<String>,
    /// Why it does not hold; none where it does.
    pub problems: Vec<String>,
}

impl At<'_> {
    /// Looks at a token from every side; `None` where it is no JWT. An error where the store does not answer.
    pub async fn inspect(self, token: &str) -> Result<Option<Inspection>, Refusal> {
        let token = &*opaque::unveil(self.hooks.policy().opaque_access_tokens, token);
        let Some(Unchecked { header, claims }) = jwt::unchecked(token) else { return Ok(None) };
        let keys = self.mount.keys.all(self.store()).await?;
        let signer = keys.iter().find(|key| jwt::is_of(token, key));
        let typ = header.str("typ");
        let view = TokenView { typ, claims: &claims };
        let kinds = [TokenKind::Access, TokenKind::Id, TokenKind::Refresh];
        let read = kinds.into_iter().find_map(|kind| Some((kind, self.hooks.read(kind, &view)?)));
        let is_issued = self.names().admits(claims.str("iss"));
        let mut problems = signature(&header, &keys, signer.is_some());
        let is_live = |live: &[Arc<SigningKey>], key: &SigningKey| live.iter().any(|live| live.kid == key.kid);
        if let Some(key) = signer
            && !is_live(&self.mount.keys.live(self.store(), self.seconds()).await?, key)
        {
            problems.push(jwt::RETIRED.to_owned());
        }
        if !is_issued {
            let iss = claims.str("iss").unwrap_or("absent");
            problems.push(format!("its iss is `{iss}`, the mount's is `{}`", self.mount.issuer));
        }
        problems.extend(self.lifetime(&claims));
        match &read {
            None => problems.push("it has not the claims and typ of a token of this mount".to_owned()),
            Some((kind, facts)) => {
                let expired = self.mount.expiry.check(facts, claims.int("iat")).err();
                problems.extend(expired.map(|error| error.cause.into_owned()));
                problems.extend(self.ground(*kind, facts).await?);
            }
        }
        let (of, is_signed) = (read.map(|(kind, _)| kind), signer.is_some());
        let kid = signer.map(|key| key.kid.clone());
        Ok(Some(Inspection { is_signed, is_issued, kind: of, header, claims, kid, problems }))
    }

    /// What it stands on that is no more.
    async fn ground(self, kind: TokenKind, facts: &TokenFacts) -> Result<Vec<String>, Refusal> {
        let mut problems = Vec::new();
        if kind != TokenKind::Access {
            problems.push(format!("it is {}, no access token", name(kind)));
        }
        let directory = &self.mount.directory;
        if let Some(id) = &facts.client_id
            && directory.client(id.as_str()).is_none_or(|client| client.disabled)
        {
            problems.push(format!("client `{id}` is gone or disabled"));
        }
        if facts.is_user && directory.user(&facts.subject).is_none_or(|user| user.disabled) {
            problems.push(format!("user `{}` is gone or disabled", facts.subject));
        }
        if self.hooks.policy().revocable_access_tokens && self.is_revoked(facts).await? {
            problems.push("it has been revoked".to_owned());
        }
        Ok(problems)
    }

    fn lifetime(self, claims: &Claims) -> Vec<String> {
        let now = self.seconds();
        let mut problems = Vec::new();
        match claims.int("exp") {
            None => problems.push("it has no exp that is a whole number".to_owned()),
            Some(exp) if now >= exp => {
                problems.push(format!("it expired {} s ago by the gateway's clock", now.saturating_sub(exp)));
            }
            Some(_) => {}
        }
        if let Some(nbf) = claims.int("nbf").filter(|nbf| now < *nbf) {
            problems.push(format!("it is not valid for another {} s by the gateway's clock", nbf.saturating_sub(now)));
        }
        problems
    }
}

/// What is wrong with its signature.
fn signature(header: &Claims, keys: &[Arc<SigningKey>], is_signed: bool) -> Vec<String> {
    let alg = header.str("alg").unwrap_or_default();
    if alg == "none" {
        return vec!["its alg is none: nothing vouches for it".to_owned()];
    }
    if SigningAlg::parse(alg).is_none() {
        return vec![format!("its alg `{alg}` is none that a mount uses")];
    }
    if is_signed {
        return Vec::new();
    }
    let has = |kid: &str| keys.iter().any(|key| key.kid == kid);
    vec![match header.str("kid") {
        Some(kid) if has(kid) => format!("its signature is not that of the key `{kid}`: it was altered, or forged"),
        Some(kid) => format!("it names the key `{kid}`, which this mount does not have"),
        None => "no key of this mount made its signature, and it names none".to_owned(),
    }]
}

fn name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "an access token",
        TokenKind::Id => "an ID token",
        TokenKind::Refresh => "a refresh token",
    }
}
