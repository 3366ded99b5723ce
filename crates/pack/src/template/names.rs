//! The names that may stand in a hole, by the place of its template.

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

/// A name, what it is, and where it may stand: in answers, claims, errors, identities.
type Named = (&'static str, Source, [bool; 4], &'static str);

const EVERYWHERE: [bool; 4] = [true; 4];
const ANSWER: [bool; 4] = [true, false, false, false];
const CLAIMS: [bool; 4] = [false, true, false, false];
const ERROR: [bool; 4] = [false, false, true, false];
const GRANTED: [bool; 4] = [true, true, false, true];
const TOLD: [bool; 4] = [true, false, true, true];

/// The names that are whole.
pub(crate) const NAMES: &[Named] = &[
    ("access_token", Source::AccessToken, ANSWER, "The access token."),
    ("id_token", Source::IdToken, ANSWER, "The ID token, where there is one."),
    ("refresh_token", Source::RefreshToken, ANSWER, "The refresh token, where there is one."),
    ("grant_type", Source::GrantType, [true, true, false, false], "The grant, by its standard name."),
    ("expires_in", Source::ExpiresIn, ANSWER, "The access token's lifetime in seconds."),
    ("expires_at", Source::ExpiresAt, [true, true, false, true], "When the token ends, seconds since the epoch."),
    ("now", Source::Now, EVERYWHERE, "The gateway's clock, seconds since the epoch."),
    ("issuer", Source::Issuer, EVERYWHERE, "The mount's issuer."),
    ("request_id", Source::RequestId, TOLD, "The request's id, a UUID: the journal knows it."),
    ("path", Source::Path, TOLD, "The vendor's path that was asked."),
    ("host", Source::Host, TOLD, "The host that was asked, without its port."),
    ("scope", Source::Scope, EVERYWHERE, "The scopes, joined by spaces; in an error the one at fault."),
    ("scopes", Source::Scopes, GRANTED, "The scopes, an array."),
    ("client.id", Source::ClientId, EVERYWHERE, "The client's id; in an error, as the request has it."),
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
];

/// A name that ends in one of the pack's own, what it is, and where it may stand.
type Prefixed = (&'static str, fn(&'static str) -> Option<Source>, [bool; 4], &'static str);

/// The names that are begun here and ended by the pack.
pub(crate) const PREFIXES: &[Prefixed] = &[
    ("client.", |name| Some(Source::ClientClaim(name)), GRANTED, "That claim of the client."),
    ("user.", |name| Some(Source::UserClaim(name)), GRANTED, "That claim of the user."),
    ("claim.", |name| Some(Source::Claim(name)), [false, false, false, true], "That claim of the token."),
    ("param.", |name| Some(Source::Param(name)), [true, true, false, false], "That parameter of the request."),
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
