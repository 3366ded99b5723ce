//! The settings of mounts that take assertions.

use crate::SettingsReader;
use grant::{AssertionTerms, Audience, BearerTerms, Seconds};

impl SettingsReader<'_> {
    /// The settings of a mount whose clients may authenticate by assertions: `client_assertion_audience` and
    /// `client_assertion_ttl`. `token` is the path of the token endpoint, `audience` what the vendor has for `aud`.
    pub fn client_assertions(&mut self, token: &str, audience: &[&str]) -> AssertionTerms {
        let audiences = self.words(
            "client_assertion_audience",
            audience,
            "What the `aud` of a client's assertion may be: `issuer`, `token_endpoint`, `host`, or a text that is meant as it \
             is.",
        );
        let longest = self.seconds(
            "client_assertion_ttl",
            1,
            Seconds::HOUR,
            "How far ahead the `exp` of a client's assertion may be; a minute more is let pass, for clocks differ.",
        );
        AssertionTerms { audiences: read_audiences(&audiences, token), longest, wants_jti: true, wants_sub: true }
    }

    /// The settings of a mount that gives tokens for assertions: `assertion_audience`, `assertion_ttl`, `assertion_sub`,
    /// `assertion_jti` and `assertion_consent`. `token` is the path of the token endpoint, `audience` what the vendor has for
    /// `aud`, and `subject` whether its assertions must have a `sub`: `required` or `optional`.
    pub fn bearer_assertions(&mut self, token: &str, audience: &[&str], subject: &'static str) -> BearerTerms {
        let audiences = self.words(
            "assertion_audience",
            audience,
            "What the `aud` of an assertion that asks for a token may be: `issuer`, `token_endpoint`, `host`, or a text that \
             is meant as it is.",
        );
        let longest = self.seconds(
            "assertion_ttl",
            1,
            Seconds::HOUR,
            "How far ahead the `exp` of an assertion that asks for a token may be; a minute more is let pass, for clocks differ.",
        );
        let sub = self.choice(
            "assertion_sub",
            &["optional", "required"],
            subject,
            "Whether an assertion that asks for a token must have a `sub` (RFC 7523 section 3); one without speaks for its client.",
        );
        let jti = self.choice(
            "assertion_jti",
            &["optional", "required"],
            "optional",
            "Whether an assertion that asks for a token must have a `jti`; one that has it is good once in any case.",
        );
        let consent = self.choice(
            "assertion_consent",
            &["none", "required"],
            "none",
            "Whether the user whom an assertion names must have consented to the client before, unless it is a trusted one.",
        );
        let assertions = AssertionTerms {
            audiences: read_audiences(&audiences, token),
            longest,
            wants_jti: jti == "required",
            wants_sub: false,
        };
        BearerTerms { assertions, wants_subject: sub == "required", wants_consent: consent == "required" }
    }
}

/// What the words of a setting mean as the `aud` of assertions.
fn read_audiences(words: &[String], token: &str) -> Vec<Audience> {
    let read = |word: &String| match &**word {
        "issuer" => Audience::Issuer,
        "token_endpoint" => Audience::TokenEndpoint(token.into()),
        "host" => Audience::Host,
        text => Audience::Exact(text.into()),
    };
    words.iter().map(read).collect()
}
