//! Reads what a token request rests on from a form, as the standards name its parameters.

use crate::Form;
use grant::{GrantType, Proof, Refusal, RefusalKind, Secret};

/// The proof in `form`, of a grant in `served`. What the grant lacks is kept in [`Proof::Incomplete`], for the phase that
/// owns it; a grant that is missing or not served is the error.
pub fn read(form: &Form, served: &[GrantType]) -> Result<Proof, Refusal> {
    let grant_type = GrantType::parse(form.require("grant_type")?).filter(|grant| served.contains(grant));
    let unsupported = || Refusal::new(RefusalKind::UnsupportedGrantType, "grant_type is not one that is served");
    let grant_type = grant_type.ok_or_else(unsupported)?;
    Ok(Proof::complete(grant_type, rests_on(form, grant_type)))
}

fn rests_on(form: &Form, grant_type: GrantType) -> Result<Proof, Refusal> {
    Ok(match grant_type {
        GrantType::ClientCredentials => Proof::ClientCredentials,
        GrantType::AuthorizationCode => Proof::AuthorizationCode {
            code: form.require("code").map(Secret::from)?,
            redirect_uri: form.require("redirect_uri")?.to_owned(),
            verifier: form.secret("code_verifier"),
        },
        GrantType::DeviceCode => Proof::DeviceCode { code: form.require("device_code").map(Secret::from)? },
        GrantType::RefreshToken => Proof::Refresh { token: form.require("refresh_token").map(Secret::from)? },
    })
}
