//! Examples of shipped packs are what those packs take, and what is odd about a pack is told.

use dialect::{Context, SettingsMap, WireRequest};
use grant::{Call, Endpoint, PublicError};
use pack::refusals::Sample;
use pack::{Pack, shipped};

fn read(text: &str) -> Pack {
    Pack::read("acme", "acme.toml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn each_shipped_pack_takes_its_examples() {
    for (name, text) in shipped::ALL {
        let pack = Pack::read(name, name, text).unwrap();
        let (dialect, examples) = (pack.kind().build(&SettingsMap::new()).unwrap(), pack.examples());
        assert!(!examples.requests.is_empty(), "{name} has no example");
        let route = dialect.routes().iter().find(|route| route.endpoint == Endpoint::Token).unwrap();
        for example in &examples.requests {
            let mut headers: Vec<(&str, &[u8])> = Vec::new();
            if example.is_basic {
                headers.push(("authorization", b"Basic bXktYXBwOm15LXNlY3JldA=="));
            }
            headers.extend(example.body.as_ref().map(|(media, _)| ("content-type", media.as_bytes())));
            let body = example.body.as_ref().map(|(_, body)| body.as_bytes()).unwrap_or_default();
            let request = WireRequest {
                method: route.methods[0],
                path: &examples.path,
                query: example.query.as_deref(),
                headers: &headers,
                body,
            };
            match dialect.parse(Endpoint::Token, &request) {
                Ok(Call::Token(asked)) => {
                    let proof = asked.proof.unwrap_or_else(|why| panic!("{name} {:?}: {why:?}", example.grant));
                    assert_eq!(proof.grant_type(), example.grant, "{name}");
                    assert!(asked.scopes.is_ok(), "{name} {:?}", example.grant);
                }
                other => panic!("{name} {:?}: {other:?}", example.grant),
            }
        }
        assert_eq!(pack.warnings(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn an_example_is_written_as_the_pack_reads_it() {
    let by_query = read(
        "[token]\nmethods = [\"GET\"]\nbody = [\"query\"]\nclient.in = [\"body\"]\ngrants = [\"authorization_code\"]",
    );
    let examples = by_query.examples();
    assert_eq!(examples.requests.len(), 1);
    let (query, body) = (examples.requests[0].query.as_deref().unwrap(), &examples.requests[0].body);
    assert!(query.starts_with("client_id=my-app&") && query.contains("code=a-code") && body.is_none(), "{query}");
    let deep = read(
        "[token]\npath = \"/{t}/token\"\nbody = [\"json\"]\ngrants = [\"client_credentials\"]\nclient = { in = [\"body\"], id = \"app.key\", secret = \"app.secret\" }\n[parts.t]\nform = \"t-{{digits}}\"",
    );
    let examples = deep.examples();
    let (_, body) = examples.requests[0].body.as_ref().unwrap();
    assert!(body.starts_with(r#"{"app":{"key":"my-app","secret":"my-secret"},"grant_type":"#), "{body}");
    assert_eq!(examples.path, "/t-42/token");
}

/// Each row of a pack is shown by its key, with what that row alone says.
#[test]
fn every_row_of_a_pack_is_shown() {
    let keys = [
        "invalid_request.missing.code",
        "invalid_request.missing_claim",
        "invalid_client",
        "invalid_client.unknown",
        "invalid_grant",
        "invalid_grant.code",
        "invalid_grant.code.spent",
        "invalid_grant.refresh_token",
        "invalid_grant.assertion.signature",
        "invalid_scope.not_here",
        "invalid_scope.none_left",
        "user_gone",
    ];
    let rows = keys.iter().zip(421..).map(|(key, status)| format!("[errors.{key}]\nstatus = {status}\n"));
    let resource =
        "[resource_errors.invalid_request.malformed]\nstatus = 451\n[resource_errors.invalid_grant]\nstatus = 452";
    let pack = read(&rows.chain([resource.to_owned()]).collect::<String>());
    let (dialect, examples) = (pack.kind().build(&SettingsMap::new()).unwrap(), pack.examples());
    let status = |sample: &Sample, endpoint| {
        let context = Context {
            endpoint,
            path: "/",
            issuer: "https://acme.test",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: sample.asked(),
        };
        dialect.encode_error(PublicError { kind: &sample.kind }, &context).status
    };
    for (key, expected) in keys.iter().zip(421..) {
        let shown: Vec<_> = examples.refusals.iter().filter(|sample| sample.key == *key).collect();
        assert_eq!(shown.len(), 1, "{key}");
        assert_eq!(status(shown[0], Endpoint::Token), expected, "{key}");
    }
    let at_resources: Vec<_> = examples.resource_refusals.iter().map(|sample| &*sample.key).collect();
    assert!(at_resources.contains(&"invalid_request.malformed"), "{at_resources:?}");
    // A resource tells a grant that does not hold as a token that does not.
    assert!(!at_resources.contains(&"invalid_grant"), "{at_resources:?}");
}

#[test]
fn what_cannot_be_read_is_told_once() {
    for (text, key) in [
        ("[token.answer]\nbody = '{\"a\":\"{{access_tokn}}\"}'", "token.answer.body"),
        ("[token]\npath = \"/{t}/{t}\"\nanswer.body = '{\"a\":\"{{access_token}}{{path.t}}\"}'", "token.path"),
    ] {
        let errors = Pack::read("acme", "acme.toml", &format!("vendor = \"Acme\"\n{text}")).unwrap_err().errors;
        assert_eq!(errors.iter().map(|error| &*error.key).collect::<Vec<_>>(), [key], "{errors:?}");
    }
    let lacks = Pack::read("acme", "acme.toml", "[token.answer]\nbody = '{}'").unwrap_err();
    assert!(lacks.to_string().contains("says no {{access_token}}"), "{lacks}");
}

#[test]
fn what_is_right_and_odd_is_told() {
    let none = read("from = \"openid-connect\"\n[defaults]\nscopes = [\"openid\"]").warnings();
    assert!(none.len() == 1 && none[0].contains("`offline_access`"), "{none:?}");
    for cure in ["with_scope = \"\"", "issue = \"never\""] {
        let text = format!("from = \"openid-connect\"\n[defaults]\nscopes = [\"openid\"]\n[refresh_token]\n{cure}");
        assert_eq!(read(&text).warnings(), Vec::<String>::new());
    }
    let marked = read("[token]\nmark = \"documented\"").warnings();
    assert!(marked.len() == 1 && marked[0].contains("`token`"), "{marked:?}");
    assert_eq!(read("[token]\nmark = \"body D, headers I\"").warnings(), Vec::<String>::new());
}

#[test]
fn what_has_no_mark_is_told_too() {
    let about = read(
        "[defaults]\nscopes = [\"a\"]\n[token]\npath = \"/t\"\nanswer.status = 201\n[token.parameters.\"a.b\"]\nrequired = true\n\
         [refresh_token]\nissue = \"never\"\nmark = \"D\"\n[revoke]\nmark = \"D\"\nanswer = { status = 204, mark = \"W\" }\n\
         [errors.invalid_request.missing]\nstatus = 422\n[errors.invalid_client]\nstatus = 400\nmark = \"I\"",
    )
    .about();
    assert_eq!(about.unmarked, ["token", "token.parameters.a.b", "token.answer", "errors.invalid_request.missing"]);
    let marked: Vec<_> = about.marks.iter().map(|(key, ..)| &**key).collect();
    assert_eq!(marked, ["refresh_token", "revoke", "revoke.answer", "errors.invalid_client"]);
    let deep = read("[token.answer]\nmark = \"D\"\nstatus = 201\n").about();
    assert!(deep.unmarked.is_empty(), "{:?}", deep.unmarked);
}

#[test]
fn a_refresh_token_may_come_always_where_no_client_is_granted_one_by_itself() {
    let text = "[token]\ngrants = [\"authorization_code\", \"refresh_token\"]\n[refresh_token]\nissue = \"always\"";
    read(text);
    let of_clients = text.replace("\"authorization_code\"", "\"client_credentials\"");
    assert!(Pack::read("acme", "acme.toml", &of_clients).is_err());
}

#[test]
fn pkce_that_counts_for_nothing_is_demanded_of_nobody() {
    for (from, pkce, has) in [
        ("oauth2", "ignored", false),
        ("oauth2", "optional", true),
        ("openid-connect", "refused", false),
        ("openid-connect", "required", true),
    ] {
        let kind = read(&format!("from = {from:?}\n[authorize]\npath = \"/a\"\npkce = {pkce:?}")).kind();
        let dialect = kind.build(&SettingsMap::new()).unwrap();
        assert_eq!(dialect.policy().sign_in.as_ref().unwrap().has_pkce, has, "{from} {pkce}");
        let is_setting = dialect.settings().iter().any(|setting| setting.name == "pkce");
        assert_eq!(is_setting, has && from == "openid-connect", "{from} {pkce}");
    }
}

#[test]
fn only_what_can_happen_is_said_to_lack_words() {
    let about = read("").about();
    assert!(about.silent.contains(&"method_not_allowed") && about.silent_at_resources.contains(&"invalid_token"));
    for kind in ["authorization_pending", "invalid_token", "unsupported_token_type"] {
        assert!(!about.silent.contains(&kind), "{kind}");
    }
    for kind in ["invalid_grant", "access_denied", "slow_down", "invalid_scope"] {
        assert!(!about.silent_at_resources.contains(&kind), "{kind}");
    }
}
