//! Nothing of what was really sent or answered is in a draft, wherever it stood.

use draft::{Call, draft};
use pack::Pack;
use pairs::{Contract, Request, Response};

/// Values as vendors and people have them, each of which is a credential or somebody's.
const REAL: [&str; 9] = [
    "Vq3mZ8rT1xYbNc5L",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJKYW5lIn0.c2lnbmF0dXJl",
    "correct horse battery staple",
    "hunter2",
    "jane.doe@example.com",
    "9f8e7d6c-5b4a-4928-8170-6f5e4d3c2b1a",
    "4111111111111111",
    "https://user:pw@intranet.example/9f8e7d6c5b4a39281706",
    "{{access_token}}'''",
];
/// Names under which a value is never kept.
const NAMES: [&str; 12] = [
    "client_secret",
    "apiKey",
    "password",
    "pin",
    "session_id",
    "x-api-token",
    "userName",
    "credentials.pwd",
    "refresh_token",
    "code",
    "assertion",
    "mail",
];

fn call(name: &str, value: &str, status: u16) -> Call {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let body = format!(
        r#"{{"client_id":{},"client_secret":{},{}:{}}}"#,
        text("real-id-77"),
        text("real-secret-77"),
        text(name),
        text(value)
    );
    let headers = [
        ("Host", "api.acme.example"),
        ("Content-Type", "application/json"),
        ("Cookie", value),
        ("X-Api-Key", value),
        ("Authorization", value),
    ];
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answered = format!(
        r#"{{"access_token":{0},"refresh_token":{0},"expires_in":60,{1}:{0},"more":[{0},{{"{2}":1}}]}}"#,
        text(value),
        text(&format!("also_{name}")),
        value.replace(['"', '\\'], "")
    );
    Call {
        request: Request { method: "POST".into(), target: "/v1/token".into(), headers, body },
        answer: Some(Response {
            status,
            reason: String::new(),
            headers: vec![
                ("Content-Type".into(), "application/json".into()),
                ("Set-Cookie".into(), value.into()),
                ("WWW-Authenticate".into(), value.into()),
            ],
            body: answered.into(),
        }),
    }
}

#[test]
fn no_value_that_was_sent_or_answered_under_any_of_these_names_is_in_a_draft() {
    for value in REAL {
        for name in NAMES {
            for status in [200, 401] {
                let made = draft("Acme", &[call(name, value, status)]).unwrap();
                for text in [&made.pack, &made.pairs, &made.fixtures] {
                    for real in [value, "real-id-77", "real-secret-77"] {
                        let is_hole = real.starts_with("{{") && !text.contains("'''''");
                        assert!(is_hole || !text.contains(real), "{name}, {status}: {real} in\n{text}");
                    }
                }
                Pack::read("acme", "pack.toml", &made.pack)
                    .unwrap_or_else(|errors| panic!("{name}: {value}: {errors}\n{}", made.pack));
                if !made.pairs.is_empty() {
                    Contract::read(&made.pairs, &made.fixtures)
                        .unwrap_or_else(|error| panic!("{name}: {value}: {error:#}\n{}", made.pairs));
                }
            }
        }
    }
}
