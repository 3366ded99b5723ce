//! The settings of a mount.

use crate::scopes;
use dialect::settings::PolicyDefaults;
use dialect::{Setting, SettingsError, SettingsMap, SettingsReader};
use grant::{DeviceTerms, OpenIdTerms, Policy, RateLimit, RefreshForm, SignInTerms, SigningAlg};
use std::sync::Arc;

/// What of the tokens a mount's settings say.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What access tokens are for (`aud`, RFC 9068 section 2.2); `None` is the issuer.
    pub audience: Option<Arc<str>>,
    /// Whether the ID token has the claims that the scopes open, which userinfo has in any case.
    pub claims_in_id_token: bool,
}

pub(crate) fn read(given: &SettingsMap) -> Result<(Policy, Terms, Vec<Setting>), SettingsError> {
    let mut reader = SettingsReader::new(given);
    let audience = reader.text(
        "audience",
        "a text without control characters",
        "What access tokens are for (their `aud`); null is the issuer.",
        |text| !text.is_empty() && !text.chars().any(char::is_control),
    );
    let claims_in_id_token = reader.flag(
        "claims_in_id_token",
        false,
        "Whether ID tokens have the claims that the scopes open, as userinfo has in any case.",
    );
    let terms = Terms { audience: audience.map(Into::into), claims_in_id_token };
    let sign_in = sign_in(&mut reader);
    let mut policy = reader.policy(PolicyDefaults {
        access_ttl: 3_600,
        id_ttl: 3_600,
        refresh_ttl: 2_592_000,
        scopes: &scopes::CATALOGUE,
        alg: SigningAlg::Rs256,
        rate_limit: RateLimit::Unlimited,
        refresh_form: RefreshForm::Handle,
    });
    policy.sign_in = Some(sign_in);
    policy.resources = reader.words(
        "resources",
        &[],
        "What access tokens may be asked to be for (`resource`, RFC 8707), which is their `aud` then. Where there is none, \
         nobody's `resource` is looked at.",
    );
    let format = reader.choice(
        "access_token_format",
        &["jwt", "opaque"],
        "jwt",
        "What access tokens look like: JWTs (RFC 9068), or texts that say nothing to whoever has them.",
    );
    policy.opaque_access_tokens = (format == "opaque").then_some("oat_");
    policy.device = Some(DeviceTerms {
        ttl: reader.seconds("device_code_ttl", 1, 600, "How long a user has to allow a device, in seconds (RFC 8628)."),
        interval: reader.seconds(
            "device_interval",
            1,
            5,
            "How long a device waits between two requests for its token, in seconds; one that asks sooner waits 5 more \
             each time.",
        ),
    });
    policy.revocable_access_tokens = reader.flag(
        "revocable_access_tokens",
        true,
        "Whether access tokens can be revoked before they end, as by a code that is used twice; each use of one then asks \
         the store.",
    );
    reader.finish().map(|settings| (policy, terms, settings))
}

fn sign_in(reader: &mut SettingsReader<'_>) -> SignInTerms {
    let pkce = reader.choice(
        "pkce",
        &["optional", "required"],
        "optional",
        "Whether every client must use PKCE (RFC 7636); where not, public clients and those that are told to must.",
    );
    let acr_values = reader.words(
        "acr_values",
        &["1"],
        "The authentication context classes that a sign-in satisfies; the first that a request names is returned (`acr`).",
    );
    let by_name = reader.flag("claims_parameter", true, "Whether claims may be asked for by name (`claims`).");
    let offline_access = reader.choice(
        "offline_access",
        &["consent", "scope"],
        "consent",
        "When `offline_access` is granted: with the user's consent to it (`prompt=consent`, or remembered, or a trusted \
         client), or wherever it is asked for.",
    );
    let unknown_scopes = reader.choice(
        "unknown_scopes",
        &["ignored", "refused"],
        "ignored",
        "What becomes of scopes at the authorization endpoint that the mount does not know.",
    );
    let openid = OpenIdTerms {
        acr_values,
        claims: if by_name { scopes::CLAIMS.to_vec() } else { Vec::new() },
        holds_to_hint: true,
        asks_for_offline_access: offline_access == "consent",
        ignores_unknown_scopes: unknown_scopes == "ignored",
        backchannel_logout: true,
    };
    SignInTerms { openid, ..reader.sign_in(pkce == "required", true) }
}
