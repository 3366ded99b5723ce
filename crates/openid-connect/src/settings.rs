//! The settings of a mount.

use crate::scopes;
use dialect::SettingsReader;
use dialect::settings::PolicyDefaults;
use grant::{DeviceTerms, OpenIdTerms, Policy, RateLimit, RefreshForm, Seconds, SignInTerms, SigningAlg};
use std::sync::Arc;

/// What a mount has where its settings say nothing.
#[derive(Clone, Copy, Debug)]
pub struct Defaults<'a> {
    /// Lifetimes, scopes and algorithm.
    pub policy: PolicyDefaults<'a>,
    /// Whether each use of a refresh token spends it.
    pub refresh_rotation: bool,
    /// Whether challenges are looked at; where not, there is no setting that demands one.
    pub has_pkce: bool,
    /// Whether every client must use PKCE.
    pub pkce_required: bool,
    /// The terms on which devices are authorized.
    pub device: DeviceTerms,
    /// What the `aud` may be of an assertion by which a client authenticates.
    pub client_audience: &'a [&'a str],
    /// The same of one that asks for a token.
    pub bearer_audience: &'a [&'a str],
}

impl Defaults<'static> {
    /// Those of the standard dialect.
    pub const STANDARD: Self = Self {
        policy: PolicyDefaults {
            access_ttl: Seconds(3_600),
            id_ttl: Seconds(3_600),
            refresh_ttl: Seconds(2_592_000),
            scopes: &scopes::CATALOGUE,
            alg: SigningAlg::Rs256,
            rate_limit: RateLimit::Unlimited,
            refresh_form: RefreshForm::Handle,
        },
        refresh_rotation: true,
        has_pkce: true,
        pkce_required: false,
        device: DeviceTerms { ttl: Seconds(600), interval: Seconds(5) },
        client_audience: &["issuer"],
        bearer_audience: &["issuer", "token_endpoint"],
    };
}

/// What of the tokens a mount's settings say.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What access tokens are for (`aud`, RFC 9068 section 2.2); `None` is the issuer.
    pub audience: Option<Arc<str>>,
    /// Whether the ID token has the claims that the scopes open, which userinfo has in any case.
    pub claims_in_id_token: bool,
    /// Whether users' passwords are taken at the token endpoint (RFC 6749 section 4.3).
    pub password_grant: bool,
}

/// The settings of a provider whose token endpoint has that path.
pub(crate) fn read(reader: &mut SettingsReader<'_>, token: &str, defaults: Defaults<'_>) -> (Policy, Terms) {
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
    let password_grant = reader.flag(
        "password_grant",
        false,
        "Whether the token endpoint takes users' names and passwords (RFC 6749 section 4.3), which RFC 9700 forbids.",
    );
    let terms = Terms { audience: audience.map(Into::into), claims_in_id_token, password_grant };
    let client_assertions = reader.client_assertions(token, defaults.client_audience);
    let bearer_assertions = reader.bearer_assertions(token, defaults.bearer_audience, "required");
    let sign_in = sign_in(reader, defaults.has_pkce, defaults.pkce_required);
    let mut policy = reader.policy_of(defaults.policy, defaults.refresh_rotation);
    policy.sign_in = Some(sign_in);
    policy.client_assertions = Some(client_assertions);
    policy.bearer_assertions = Some(bearer_assertions);
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
    policy.device = Some(reader.device(defaults.device));
    policy.revocable_access_tokens = reader.flag(
        "revocable_access_tokens",
        true,
        "Whether access tokens can be revoked before they end, as by a code that is used twice; each use of one then asks \
         the store.",
    );
    (policy, terms)
}

fn sign_in(reader: &mut SettingsReader<'_>, has_pkce: bool, pkce_required: bool) -> SignInTerms {
    let mut demands_pkce = || {
        let given = reader.choice(
            "pkce",
            &["optional", "required"],
            if pkce_required { "required" } else { "optional" },
            "Whether every client must use PKCE (RFC 7636); where not, public clients and those that are told to must.",
        );
        given == "required"
    };
    let pkce_required = has_pkce && demands_pkce();
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
    SignInTerms { openid, has_pkce, ..reader.sign_in(pkce_required, true) }
}
