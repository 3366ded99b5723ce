//! Reads what a token request rests on from a form, as the standards name its parameters.

use crate::Form;
use grant::{GrantType, PresentedKind, PresentedToken, Proof, Refusal, RefusalKind, Secret, TokenExchange};

/// The proof in `form`, of a grant in `served`. What the grant lacks is kept in [`Proof::Incomplete`], for the phase that
/// owns it; a grant that is missing or not served is the error.
pub fn read(form: &Form<'_>, served: &[GrantType]) -> Result<Proof, Refusal> {
    let grant_type = GrantType::parse(form.require("grant_type")?).filter(|grant| served.contains(grant));
    let unsupported = || Refusal::new(RefusalKind::UnsupportedGrantType, "grant_type is not one that is served");
    let grant_type = grant_type.ok_or_else(unsupported)?;
    Ok(Proof::complete(grant_type, rests_on(form, grant_type)))
}

fn rests_on(form: &Form<'_>, grant_type: GrantType) -> Result<Proof, Refusal> {
    Ok(match grant_type {
        GrantType::ClientCredentials => Proof::ClientCredentials,
        GrantType::AuthorizationCode => Proof::AuthorizationCode {
            code: form.require("code").map(Secret::from)?,
            redirect_uri: form.require("redirect_uri")?.to_owned(),
            verifier: form.secret("code_verifier"),
        },
        GrantType::TokenExchange => Proof::TokenExchange(Box::new(exchange(form)?)),
        GrantType::DeviceCode => Proof::DeviceCode { code: form.require("device_code").map(Secret::from)? },
        GrantType::RefreshToken => Proof::Refresh { token: form.require("refresh_token").map(Secret::from)? },
        GrantType::Password => Proof::Password {
            username: form.require("username")?.to_owned(),
            password: form.require("password").map(Secret::from)?,
        },
        GrantType::JwtBearer => Proof::JwtBearer { assertion: form.require("assertion").map(Secret::from)? },
    })
}

/// The types of tokens (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

fn exchange(form: &Form<'_>) -> Result<TokenExchange, Refusal> {
    let subject = presented(form, "subject_token", "subject_token_type")?;
    let has_actor = ["actor_token", "actor_token_type"].into_iter().any(|name| form.get(name).is_some());
    let actor = has_actor.then(|| presented(form, "actor_token", "actor_token_type")).transpose()?;
    if form.get("requested_token_type").is_some_and(|asked| asked != ACCESS_TOKEN) {
        return Err(Refusal::malformed("requested_token_type", "is not access_token, the only one that is issued"));
    }
    Ok(TokenExchange { subject, actor, audience: form.get("audience").map(str::to_owned) })
}

fn presented(form: &Form<'_>, name: &'static str, of_type: &'static str) -> Result<PresentedToken, Refusal> {
    let token = form.require(name).map(Secret::from)?;
    let kind = match form.require(of_type)? {
        ACCESS_TOKEN => PresentedKind::Access,
        ID_TOKEN => PresentedKind::Id,
        _ => return Err(Refusal::malformed(of_type, "is neither access_token nor id_token, the two that are taken")),
    };
    Ok(PresentedToken { token, kind })
}
