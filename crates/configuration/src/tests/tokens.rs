//! `[[admin.tokens]]`, and when test features are on.

use super::{MOUNT, errors, read};
use crate::{Environment, Flags, Source, load};
use secrecy::ExposeSecret;

fn token(name: &str, rest: &str) -> String {
    format!("[[admin.tokens]]\nname = \"{name}\"\n{rest}\n")
}

#[test]
fn s15_each_error_of_a_token_names_its_place_and_the_remedy() {
    let good = token("a", "token = \"token-1\"\nrights = [\"read\"]");
    for (text, wanted) in [
        (token("", "token = \"x\"\nrights = [\"all\"]"), "f.toml:5:1: admin.tokens.name: must be a text"),
        (token("a", "token = \"x\"\nrights = []"), "f.toml:7:1: admin.tokens.rights: is empty; give some of read, "),
        (
            token("a", "token = \"x\"\nrights = [\"write\"]"),
            "f.toml:7:1: admin.tokens.rights: `write` is no right; there are",
        ),
        (token("a", "rights = [\"all\"]"), "f.toml:4:1: admin.tokens: give one of `token`, `token_file`, "),
        (token("a", "token = \"x\"\ntoken_env = \"X\"\nrights = [\"all\"]"), "admin.tokens: give one of `token`, "),
        (
            token("a", "token = \"a b\"\nrights = [\"all\"]"),
            "f.toml:6:1: admin.tokens.token: a token is sent in a header",
        ),
        (token("a", "token_sha256 = \"00\"\nrights = [\"all\"]"), "admin.tokens.token_sha256: must be 64 hexadecimal"),
        (
            token("a", "token_env = \"NONE\"\nrights = [\"all\"]"),
            "admin.tokens.token_env: the environment variable `NONE`",
        ),
        (
            token("a", "secret = \"x\"\nrights = [\"all\"]"),
            "f.toml:6:1: admin.tokens.secret: unknown key; expected one of `name`",
        ),
        (
            format!("{good}{}", token("a", "token = \"token-2\"\nrights = [\"all\"]")),
            "admin.tokens.name: `a` is there already; give each",
        ),
        (
            format!("{good}{}", token("b", "token = \"token-1\"\nrights = [\"all\"]")),
            "is the token of `a` too; give each its own",
        ),
        (token("loopback", "token = \"x\"\nrights = [\"all\"]"), "admin.tokens.name: `loopback` is there already"),
        ("[admin.tokens]\nname = \"a\"\n".to_owned(), "admin.tokens: write [[admin.tokens]], with two brackets"),
        (
            format!("[admin]\nlisten = \"0.0.0.0:1\"\n{good}"),
            "admin.tokens.token: the token has fewer than 16 characters",
        ),
    ] {
        let errors = errors(&format!("{MOUNT}{text}"));
        assert!(errors.contains(wanted), "{text}\n{errors}");
        assert!(!errors.contains("token-1"), "{errors}");
    }
}

#[test]
fn s15_the_command_line_takes_a_token_that_may_do_everything() {
    let sha = "a".repeat(64);
    let text = [
        token("a", "token = \"token-1\"\nrights = [\"read\"]"),
        token("b", &format!("token_sha256 = \"{sha}\"\nrights = [\"all\"]")),
        token("c", "token = \"token-3\"\nrights = [\"test\", \"all\"]"),
    ];
    let admin = read(&format!("{MOUNT}{}", text.concat())).unwrap().admin;
    let names: Vec<_> = admin.tokens.iter().map(|token| &*token.name).collect();
    assert_eq!((admin.token.unwrap().expose_secret(), names), ("token-3", vec!["a", "b", "c"]));
    let own = read(&format!("[admin]\ntoken = \"token-0\"\n{}{MOUNT}", text.concat())).unwrap().admin;
    assert_eq!((own.token.unwrap().expose_secret(), &*own.tokens[0].name), ("token-0", "admin.token"));
}

#[test]
fn s16_test_features_are_on_where_nobody_else_comes_or_where_they_are_asked_for() {
    let token = "token = \"a-token-of-some-length\"\n";
    let on = |text: &str| read(&format!("{text}{MOUNT}")).unwrap().admin.test_features;
    assert!(on(""));
    assert!(!on("[server]\nlisten = \"0.0.0.0:80\"\n"));
    assert!(!on(&format!("[admin]\nlisten = \"0.0.0.0:81\"\n{token}")));
    assert!(on("[server]\nlisten = \"0.0.0.0:80\"\n[admin]\ntest_features = true\n"));
    assert!(!on("[admin]\ntest_features = false\n"));
    let anywhere = Environment::from([("IDP_GATEWAY__SERVER__LISTEN", "0.0.0.0:80")]);
    let flags = Flags { allow_weak_secrets: true, allow_passwordless: true, ..Flags::default() };
    assert!(load(Source::Sandbox, &anywhere, flags).unwrap().admin.test_features);
}
