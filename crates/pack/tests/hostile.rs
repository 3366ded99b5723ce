//! Packs from strangers: wrong, hostile and enormous ones are errors with a place and a remedy, never a panic or a hang.

use dialect::SettingsMap;
use pack::{LONGEST, Pack};
use proptest::prelude::*;

fn errors(text: &str) -> String {
    match Pack::read("acme", "acme.toml", text) {
        Ok(_) => panic!("it is right: {text:.200}"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn an_empty_pack_is_the_standard() {
    let kind = Pack::read("empty", "empty.toml", "").unwrap().kind();
    let dialect = kind.build(&SettingsMap::new()).unwrap();
    assert_eq!((kind.id, dialect.routes()[0].path), ("pack:empty", "/token"));
    assert_eq!(dialect.capabilities().grants.len(), 3);
}

/// Packs, and what they are told.
const WRONG: &[(&str, &str)] = &[
    ("[token]\npaht = \"/x\"", "acme.toml:2:1: `paht` is no key here; did you mean `path`?"),
    ("[token]\npath = \"x\"", "acme.toml:2:8: token.path: `x` is no path; write it as in"),
    ("[token\n", "acme.toml:1:"),
    ("from = \"saml\"", "acme.toml:1:8: from: `saml` is no base; there are oauth2 and openid-connect"),
    (
        "[token.answer]\nbody = '{\"a\":\"{{acces_token}}\"}'",
        "acme.toml:2:15: token.answer.body: `acces_token` is no name here; did",
    ),
    ("[token.answer]\nbody = '''\n{\n \"a\": 1,\n}'''", "acme.toml:5:1: token.answer.body: a comma stands before `}`"),
    ("[token.answer]\nbody = '{}'", "token.answer.body: says no {{access_token}}"),
    ("[errors.invalid_clint]\nstatus = 401", "did you mean `invalid_client`?"),
    (
        "[errors.invalid_scope.unknown.x]\nstatus = 401",
        "errors.invalid_scope.unknown.x: `x` is no key here; there are status",
    ),
    ("[resource_errors.invalid_token.missing.x]\nstatus = 401", "`x` is no key here"),
    ("[errors.invalid_request.unreadable.x]\nstatus = 401", "`x` is no key here"),
    ("[errors.invalid_client]\nstatus = 99", "acme.toml:2:1: errors.invalid_client.status: 99 is no status"),
    ("[token.answer]\nstatus = 204", "acme.toml:2:1: token.answer.status: an answer of 204 has no content"),
    ("[errors.invalid_client]\nstatus = 304", "errors.invalid_client.status: an answer of 304 has no content"),
    ("[errors]\nbody = '{\"c\":{{code}}}'", "acme.toml:2:14: errors.body: `code` is no name here"),
    ("[errors]\nbody = '{\"c\":{{code}}}'\n[errors.internal]\nwords = { code = 1 }", "there is no such word for"),
    ("[errors]\nheaders = { Content-Length = \"1\" }", "is a header that a pack does not set"),
    ("[access_token]\nclaims = '{\"iss\":\"{{issuer}}\"}'", "have no `\"exp\":{{expires_at}}`"),
    ("[defaults]\naccess_ttl = 0", "acme.toml:2:1: defaults.access_ttl: must be whole seconds"),
    ("[defaults]\nalg = \"none\"", "must be one of HS256, RS256, ES256, PS256, HS512"),
    ("[token.parameters.a]\nform = \"[a-z]+\"", "a form is text with one of"),
    ("[settings.x]\nhelp = \"h\"\nwhen.maybe.token.path = \"/x\"", "`maybe` is no value of it; there are true, false"),
    ("[settings.x]\nwhen.true.token.path = \"x\"", "acme.toml:2:24: token.path: `x` is no path"),
    ("[token]\npath = \"/~w/x\"", "is a path of the gateway's own"),
    ("[token]\nmethods = [\"BREW\"]", "must be [\"POST\"]"),
    ("[access_token]\nheader = [\"typ\", \"jku\"]", "acme.toml:2:1: access_token.header: must be `alg` and `typ`"),
    (
        "[token]\ngrants = [\"urn:ietf:params:oauth:grant-type:device_code\"]",
        "device_authorization.path: has none, and `token.grants` has the device code",
    ),
    (
        "[device_authorization]\npage = \"/_gateway/x\"",
        "device_authorization.page: `/_gateway/x` is a path of the gateway's",
    ),
    (
        "[device_authorization]\npage = \"/token\"",
        "device_authorization.page: `/token` is an endpoint's path, or varies",
    ),
    (
        "[errors.invalid_grant.assertion.odd]\nstatus = 400",
        "`odd` is no error here; there are spent, expired, unreadable",
    ),
    (
        "[token.answer]\nbody = '{\"a\":\"{{access_token}}\",\"h\":\"{{hmac}}\"}'",
        "token.answer.body: `hmac` is no name here",
    ),
    (
        "[token.answer]\nheaders = { X-A = \"a\\r\\nB: c\" }",
        "acme.toml:2:19: token.answer.headers.X-A: has a line break",
    ),
    ("[token.answer]\ncontent_type = \"a/b\\nX: c\"", "token.answer.content_type: has a line break"),
    ("[token.answer.accept.\"a/b\"]\ncontent_type = \"a/b\\u0000\"\nbody = \"\"", "has a line break"),
    ("[errors.invalid_client]\ncontent_type = \"a/b\\n\"", "errors.invalid_client.content_type: has a line break"),
    (
        "from = \"openid-connect\"\n[token]\npath = \"/account/login\"",
        "acme.toml:3:8: token.path: `/account/login` is where a page",
    ),
    ("[defaults]\naccess_ttl = \"1h\"", "acme.toml:2:14: defaults.access_ttl: invalid type: string"),
];

#[test]
fn what_is_wrong_is_told_by_line_with_the_remedy() {
    for (text, expected) in WRONG {
        let told = errors(text);
        assert!(told.contains(expected), "{text}\n  told:   {told}\n  wanted: {expected}");
    }
}

#[test]
fn what_is_enormous_or_deep_is_refused() {
    assert!(errors(&"#".repeat(LONGEST + 1)).contains("is longer than"));
    assert!(errors(&format!("{} = 1", vec!["a"; 20_000].join("."))).contains("a key of 24 parts or more"));
    assert!(errors(&format!("a = {}1", "[".repeat(50_000))).contains("acme.toml"));
    assert!(errors(&format!("a = {}", "{a=".repeat(50_000))).contains("acme.toml"));
    let holes = "{{scope}}".repeat(300);
    assert!(
        errors(&format!("[token.answer]\nbody = '\"{{{{access_token}}}}{holes}\"'")).contains("more than 256 holes")
    );
    let paths: Vec<_> = (0..20).map(|n| format!("\"/{n}\"")).collect();
    assert!(errors(&format!("[token]\npath = [{}]", paths.join(","))).contains("up to 16"));
}

/// Lines that packs have, put together at random.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-z_.]{0,12} = [\"'{}\\[\\]a-z0-9/]{0,16}",
        "\\[[a-z_.]{0,20}\\]",
        Just("[token]".to_owned()),
        Just("[token.answer]".to_owned()),
        Just("[errors]".to_owned()),
        Just("[errors.invalid_request.missing.x]".to_owned()),
        "path = \"/[a-z{}/]{0,12}\"",
        "body = '''[{}\",:a|?+0-9\\[\\]-]{0,24}'''",
        "words = \\{ [a-z]{1,3} = \"[{}a-z|?]{0,12}\" \\}",
        "claims = '''\\{\"iss\":\"\\{\\{issuer\\}\\}\"[{}\",:a]{0,16}'''",
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), lines in lines()) {
        for text in [text, lines] {
            if let Ok(pack) = Pack::read("any", "any.toml", &text) {
                let _ = pack.kind().build(&SettingsMap::new());
            }
        }
    }
}
