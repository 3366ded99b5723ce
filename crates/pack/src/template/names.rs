//! The names that may stand in a hole, by the place of its template.

use crate::mac::Encoding;
use dialect::intern;
use grant::TokenIdFormat;

/// Where a template stands, and what it may name there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// The answer to a granted token request.
    Answer,
    /// The claims of a token.
    Claims,
    /// The answer to a refused request; the words that its table has.
    Error(&'a [&'a str]),
    /// What is said of a token: userinfo, introspection.
    Identity,
    /// What a device is told with its codes.
    Device,
    /// What the client is told through the user's browser.
    Callback,
}

/// What stands in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    AccessToken,
    IdToken,
    RefreshToken,
    GrantType,
    ExpiresIn,
    ExpiresAt,
    Now,
    Issuer,
    RequestId,
    /// A value of the exchange, the same wherever its name stands.
    Random(Random, &'static str),
    Path,
    Part(&'static str),
    Host,
    Param(&'static str),
    Scope,
    Scopes,
    ClientId,
    ClientName,
    ClientClaim(&'static str),
    Sub,
    UserSub,
    UserName,
    UserClaim(&'static str),
    TokenId(TokenIdFormat),
    AccessTokenHash,
    Nonce,
    AuthTime,
    Sid,
    Claim(&'static str),
    Kind,
    Status,
    Reason,
    Field,
    RetryAfter,
    Interval,
    IssuedTokenType,
    DeviceCode,
    UserCode,
    VerificationUri,
    VerificationUriComplete,
    /// The MAC of what else is told, by the client's secret.
    Mac(Encoding),
    Word(&'static str),
}

/// What a value of the exchange looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Random {
    Uuid,
    Hex(usize),
    Digits(usize),
    Text(usize),
}

/// Whether a name may stand in answers, claims, errors, identities, at devices, in callbacks.
pub(crate) type Places = [bool; 6];

/// The names of these places, as the manual has them.
pub(crate) const PLACES: [&str; 6] = ["answer", "claims", "error", "userinfo", "device", "callback"];

/// A name, what it is, and where it may stand.
type Named = (&'static str, Source, Places, &'static str);

const EVERYWHERE: Places = [true; 6];
const ANSWER: Places = [true, false, false, false, false, false];
const CLAIMS: Places = [false, true, false, false, false, false];
const ERROR: Places = [false, false, true, false, false, false];
const IDENTITY: Places = [false, false, false, true, false, false];
const DEVICE: Places = [false, false, false, false, true, false];
const CALLBACK: Places = [false, false, false, false, false, true];
/// Where there is a client with its scopes.
const CLIENTS: Places = [true, true, true, true, false, true];
const GRANTED: Places = [true, true, false, true, false, true];
const LIVES: Places = [true, false, false, false, true, false];
const ENDS: Places = [true, true, false, true, false, false];
const WAITS: Places = [false, false, true, false, true, false];
const ASKED: Places = [true, true, false, false, false, false];
const TOLD: Places = [true, false, true, true, true, true];

/// The names that are whole.
pub(crate) const NAMES: &[Named] = &[
    ("access_token", Source::AccessToken, ANSWER, "The access token."),
    ("id_token", Source::IdToken, ANSWER, "The ID token, where there is one."),
    ("refresh_token", Source::RefreshToken, ANSWER, "The refresh token, where there is one."),
    ("grant_type", Source::GrantType, ASKED, "The grant, by its standard name."),
    (
        "issued_token_type",
        Source::IssuedTokenType,
        ANSWER,
        "What an exchange yields, by its standard name; none elsewhere.",
    ),
    ("expires_in", Source::ExpiresIn, LIVES, "The lifetime of the access token, or of the device's codes, in seconds."),
    ("expires_at", Source::ExpiresAt, ENDS, "When the token ends, seconds since the epoch."),
    ("now", Source::Now, EVERYWHERE, "The gateway's clock, seconds since the epoch."),
    ("issuer", Source::Issuer, EVERYWHERE, "The mount's issuer."),
    ("request_id", Source::RequestId, TOLD, "The request's id, a UUID: the journal knows it."),
    ("path", Source::Path, TOLD, "The vendor's path that was asked."),
    ("host", Source::Host, TOLD, "The host that was asked, without its port."),
    ("scope", Source::Scope, CLIENTS, "The scopes, joined by spaces; in an error the one at fault."),
    ("scopes", Source::Scopes, GRANTED, "The scopes, an array."),
    ("client.id", Source::ClientId, CLIENTS, "The client's id; in an error, as the request has it."),
    ("client.name", Source::ClientName, GRANTED, "The client's name, else its id."),
    ("sub", Source::Sub, GRANTED, "The user's `sub`, else the client's id."),
    ("user.sub", Source::UserSub, GRANTED, "The user's `sub`."),
    ("user.username", Source::UserName, GRANTED, "The name that the user signs in with."),
    ("token_id", Source::TokenId(TokenIdFormat::Uuid), CLAIMS, "The token's own id, a UUID."),
    ("token_id_hex", Source::TokenId(TokenIdFormat::Hex32), CLAIMS, "The token's own id, 32 hexadecimal digits."),
    ("at_hash", Source::AccessTokenHash, CLAIMS, "The access token's hash, in an ID token."),
    ("nonce", Source::Nonce, CLAIMS, "The `nonce` of the authorization request."),
    ("auth_time", Source::AuthTime, CLAIMS, "When the user signed in."),
    ("sid", Source::Sid, CLAIMS, "The session's id."),
    ("kind", Source::Kind, ERROR, "What happened, by the name that scenarios and journal have for it."),
    ("status", Source::Status, ERROR, "The answer's status."),
    ("reason", Source::Reason, ERROR, "The status's reason phrase."),
    ("field", Source::Field, ERROR, "The parameter, member or claim that is missing or malformed."),
    ("retry_after", Source::RetryAfter, ERROR, "Seconds after which trying again makes sense."),
    (
        "interval",
        Source::Interval,
        WAITS,
        "Seconds between two polls of a device; in an error where it polled too soon.",
    ),
    ("device_code", Source::DeviceCode, DEVICE, "The code that the device polls with."),
    ("user_code", Source::UserCode, DEVICE, "The code that its user types."),
    ("verification_uri", Source::VerificationUri, DEVICE, "Where its user goes."),
    ("verification_uri_complete", Source::VerificationUriComplete, DEVICE, "The same with the code in it."),
    (
        "hmac",
        Source::Mac(Encoding::Hex),
        CALLBACK,
        "HMAC-SHA-256, by the client's secret, of all other parameters sorted by name; hexadecimal.",
    ),
    ("hmac_base64", Source::Mac(Encoding::Base64), CALLBACK, "The same in base64."),
];

/// A name that ends in one of the pack's own, what it is, and where it may stand.
type Prefixed = (&'static str, fn(&'static str) -> Option<Source>, Places, &'static str);

/// The names that are begun here and ended by the pack.
pub(crate) const PREFIXES: &[Prefixed] = &[
    ("client.", |name| Some(Source::ClientClaim(name)), GRANTED, "That claim of the client."),
    ("user.", |name| Some(Source::UserClaim(name)), GRANTED, "That claim of the user."),
    ("claim.", |name| Some(Source::Claim(name)), IDENTITY, "That claim of the token."),
    ("param.", |name| Some(Source::Param(name)), ASKED, "That parameter of the request."),
    ("path.", |name| Some(Source::Part(name)), EVERYWHERE, "That part of the path."),
    ("uuid.", |name| Some(Source::Random(Random::Uuid, name)), TOLD, "A UUID, the same wherever that name stands."),
    ("hex.", |name| sized(name, Random::Hex), TOLD, "So many hexadecimal digits: `hex.trace:32`."),
    ("digits.", |name| sized(name, Random::Digits), TOLD, "So many digits: `digits.id:7`."),
    ("text.", |name| sized(name, Random::Text), TOLD, "So many letters and digits: `text.id:24`."),
];

fn sized(text: &'static str, of: fn(usize) -> Random) -> Option<Source> {
    let (name, size) = text.split_once(':')?;
    let size = size.parse().ok().filter(|size| (1..=256).contains(size))?;
    Some(Source::Random(of(size), name))
}

impl Place<'_> {
    const fn index(self) -> usize {
        match self {
            Self::Answer => 0,
            Self::Claims => 1,
            Self::Error(_) => 2,
            Self::Identity => 3,
            Self::Device => 4,
            Self::Callback => 5,
        }
    }

    /// The names that may stand here.
    fn known(self) -> Vec<String> {
        let at = self.index();
        let whole = NAMES.iter().filter(|(.., places, _)| places[at]).map(|(name, ..)| (*name).to_owned());
        let begun = PREFIXES.iter().filter(|(.., places, _)| places[at]).map(|(name, ..)| format!("{name}…"));
        let words = match self {
            Self::Error(words) => words,
            _ => &[],
        };
        words.iter().map(ToString::to_string).chain(whole).chain(begun).collect()
    }
}

impl Source {
    /// The source of that name; the error says which there are.
    pub(crate) fn parse(name: &str, place: Place<'_>) -> Result<Self, String> {
        let at = place.index();
        if let Place::Error(words) = place
            && words.contains(&name)
        {
            return Ok(Self::Word(intern(name)));
        }
        if let Some((_, source, places, _)) = NAMES.iter().find(|(known, ..)| *known == name)
            && places[at]
        {
            return Ok(*source);
        }
        let prefix = PREFIXES.iter().filter(|(.., places, _)| places[at]);
        let begun = prefix.filter_map(|(prefix, source, ..)| Some((name.strip_prefix(prefix)?, source)));
        for (rest, source) in begun {
            if is_name(rest)
                && let Some(source) = source(intern(rest))
            {
                return Ok(source);
            }
        }
        let known = place.known();
        let near = known.iter().max_by(|a, b| {
            let score = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
            score(a).total_cmp(&score(b))
        });
        let near = near.filter(|known| strsim::normalized_damerau_levenshtein(known, name) > 0.6);
        Err(match near {
            Some(near) => format!("`{}` is no name here; did you mean `{near}`?", name.escape_debug()),
            None => format!("`{}` is no name here; there are {}", name.escape_debug(), known.join(", ")),
        })
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b))
}
