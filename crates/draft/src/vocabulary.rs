//! The words that requests and answers of token endpoints are made of, by which what is said is told from what is somebody's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Words of sentences, of errors, of OAuth, and of the constants that go with them; in small letters.
const WORDS: &str = "
a about above absent accept accepted access account accounts acr action activated active added additional address
admin administrator after again age agent algorithm all allow allowed already also always amr an and another any apac
api app application applications are aren arguments as asia ask assertion assign assigned associated association at
attached attempt attempts attribute attributes au aud audience auth authenticate authenticated authentication
authorisation authorise authorised authorization authorize authorized automation available azp back bad basic be
bearer because been before being below beta between bits blank blocked body bot both browser but by bytes ca cache
call called caller callers can cannot case cause challenge change changed character characters charset check checking
choose claim claims client clients closed cloud code codes company complete completed config configuration configured
connect connection consent consented console consult contact contain contained contains content contract control
cookie core correct correctly cors could couldn country create created credential credentials csrf current custom
customer data date day days de deactivated decode decoded decoding decrypt decrypted default delete deleted denied
deny dependency deprecated description detail details dev developer development device did didn different digest
direct directory disabled discovery do docs documentation does doesn domain don downstream due duplicate during each
ec either email emea empty en enable enabled encoded encoding encrypted encryption end endpoint ensure enter entities
entitled entitlement entitlements entity environment environments error errors es etc eu exactly exceed exceeded
exception exchange exchanged exchanging exist existing exists exp expect expected expiration expire expired expires
expiry external fail failed failure false far feature field fields file find first flow flows for forbidden form
format found fr from full function gateway general generate generated generic get given global gone grant granted
grants group guide had has hash hasn have haven head header headers help hint hmac host hour hours hs html http https
hybrid iat id identified identifier identify identities identity ietf if illegal implicit in inactive inc include
included includes incomplete incorrect incorrectly info information input insufficient int integer integration
intended interaction interactive internal into introspect invalid invalidated ip is isn iss issue issued issuer it its
javascript json jti just jwk jwks jwt key keys kid kind lack lacking lacks language last later latest least legacy
length less level license life lifetime limit limited limits list listed live ll local locale location lock locked log
logged logging login logout long longer look mac machine made maintenance make malformed management mandatory many
mark match matched matches matching max maximum may media member merchant message method methods mfa min minimum
minute minutes mismatch missing mode module more most mtls multiple must name named native nbf necessary need needed
needs neither never new nil no non nonce none nor normal not nothing now null number oauth object obtain obtained of
off offline oidc ok okay old omit omitted on once one online only opaque openid operation option optional or order org
organisation organization origin other our out outside over own owner page parameter parameters params parent parse
parsed parsing part partner pass passed passing password path payload pending per permanent permanently permission
permissions permitted phone pin ping pkce plain plan platform please policy post present presented preview previously
principal prior private problem process processed processing prod production profile project proof properly property
protected provide provided provider ps public purpose put q query quota ran rate raw re reach reached read readonly
realm reason receive received receiving recent recently recognised recognized redirect reference referenced refers
refresh refreshed refused regenerate regenerated region register registered registration reissued reject rejected
remote remove removed renew repeat repeated replaced representing request requested requests require required requires
res reset resource resources response responses rest restricted result results retrieve retry return returned reused
revalidate revoke revoked right role roles root rotated rs rsa run s same saml sandbox scope scopes second seconds
secret secrets secure security see select self send sender sending sent serve server service services session set sha
should shouldn sign signature signed signin signing signup since single site size so soap software some something
space specified specifies specify specifying ssl sso staging stale standard start state statement status still store
stored string sub subject submit submitted subscription success successful successfully such supplied supply support
supported suspended sync system t take temporarily temporary tenant test text than that the their them then there
therefore these they this those three throttled through time timeout timestamp tls to today together token tokens too
trace transaction transient trial tried true trusted try trying twice two type types uk unable unauthenticated
unauthorised unauthorized unavailable unexpected unexpectedly unique unix unknown unrecognised unrecognized
unregistered unset unspecified unsupported until untrusted unusable unverified up update updated upgrade upstream uri
uris url urlencoded urn us usable usage use used user username users uses using utc utf valid validate validated
validation value values ve vendor verb verification verified verifier verify verifying version via view violation
visit wait was wasn way we web were what when where whether which while whitelisted who whose will with within without
won word workspace would wouldn write wrong www x xml y yes yet you your z zone
";

static KNOWN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// The words of a text in small letters: `client_id`, `grantType` and `OAuth2` have two, two and one. Digits after a word are none
/// of it; a number is a word.
pub(crate) fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut before) = (Vec::new(), String::new(), ' ');
    for c in text.chars() {
        let is_new = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if is_new || !c.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a word is one of the list, maybe with a version after it, or a number of so many digits at most.
pub(crate) fn is_known(word: &str, digits: usize) -> bool {
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let after = word.len() - stem.len();
    let is_version = after <= 2 || (stem == "sha" && after == 3);
    if stem.is_empty() { (1..=digits).contains(&after) } else { is_version && (stem == "v" || KNOWN.contains(stem)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_words_however_they_are_joined() {
        assert_eq!(
            words("The client_id/grantType of OAuth2, v1."),
            ["the", "client", "id", "grant", "type", "of", "oauth2", "v1"]
        );
        for known in ["oauth2", "v1", "client", "404"] {
            assert!(is_known(known, 3), "{known}");
        }
        for other in ["violetheron", "4821", "client4821", ""] {
            assert!(!is_known(other, 3), "{other}");
        }
    }
}
