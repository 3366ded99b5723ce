//! The words that requests and answers of token endpoints are made of, by which what is said is told from what is somebody's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Words of sentences, of errors, of OAuth, and of the constants that go with them; in small letters.
const WORDS: &str = "
a about above absent accept accepted access account accounts action activated active added additional address admin
administrator after again age agent algorithm all allow allowed already also always an and another any apac api app
application applications are arguments as asia ask assertion at attempt attempts au audience auth authenticate
authenticated authentication authorisation authorise authorised authorization authorize authorized automation
available back bad basic be bearer because been before being below beta between bits blank blocked body both browser
but by bytes ca cache call called can cannot case cause challenge change changed character characters charset check
choose claim claims client clients closed code codes company complete completed config configuration configured
connect connection console contact contain contained contains content contract control cookie correct cors could
country create created credential credentials csrf current customer data date day days de deactivated decode decoded
default delete deleted denied deny deprecated description detail details dev developer development device did
different digest disabled discovery do documentation does doesn domain don due duplicate during each either email emea
empty en enable enabled encoded encoding end endpoint enter entitled entitlement entitlements environment environments
error errors es etc eu exactly exceed exceeded exception exchange exist existing exists expected expiration expire
expired expires expiry external fail failed failure false far feature field fields file find first flow for forbidden
form format found fr from full function gateway general generic get given global gone grant granted grants group had
has hash have header headers help hint host hour hours html http https id identifier identity ietf if illegal implicit
in inactive inc include included includes incomplete incorrect info information input insufficient int integer
integration internal into introspect invalid invalidated ip is issue issued issuer it its javascript json just jwk
jwks jwt key keys kid kind language last later latest least length less level license life lifetime limit limited
limits list live local locale location lock locked log logged login logout long longer look mac machine made
maintenance make malformed management many mark match matched matches matching max maximum may media member merchant
message method methods mfa min minimum minute minutes mismatch missing mode module more most mtls multiple must name
named native necessary need needed needs neither never new no non nonce none nor normal not nothing now null number
oauth object of off offline oidc ok okay old on once one online only openid operation option optional or order org
organisation organization origin other our out outside over own owner page parameter parameters params parse parsed
part partner password path payload pending per permission permissions permitted phone pin pkce plain plan platform
please policy post prior private problem process processed processing prod production profile project proof properly
property protected provide provided provider public purpose put q query rate raw reached read readonly realm reason
received recognised recognized redirect refresh refreshed refused region register registered reissued reject rejected
remote remove removed renew repeat repeated replaced request requested requests require required requires res reset
resource resources response responses restricted result results retrieve retry return returned reused revalidate
revoke revoked right role roles root rotated run same saml sandbox scope scopes second seconds secret secrets secure
security see select self send sent serve server service services session set sha should sign signature signed signing
since single site size so some something space specified ssl sso staging stale standard start state status still store
string sub subject subscription success successful successfully such support supported suspended system take
temporarily temporary tenant test text than that the their them then there therefore these they this those three
throttled through time timeout timestamp tls to today together token tokens too trace trial true try twice two type
types uk unable unauthenticated unauthorised unauthorized unavailable unexpected unique unknown unrecognised
unrecognized unset unspecified unsupported until up update updated upgrade uri uris url urlencoded urn us usage use
used user username users uses using utc utf valid validate validated validation value values vendor verb verification
verified verifier verify version via view violation wait was way we web were what when where whether which while who
will with within without word workspace write wrong www xml yes yet you your zone
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
    if stem.is_empty() { after <= digits } else { is_version && (stem == "v" || KNOWN.contains(stem)) }
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
