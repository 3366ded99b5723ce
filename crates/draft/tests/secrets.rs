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

/// Credentials that are words, in every place of a call that may hold one beside its own.
#[test]
fn a_credential_that_is_a_word_is_in_no_draft_wherever_it_stands() {
    const WORDS: [&str; 5] = ["violetheron", "indigomoth", "ivoryrobin", "WDJB-MJHT", "4821"];
    for word in WORDS {
        let answer = format!(
            r#"{{"access_token":"aB3dE5fG7hJ9kL1mN3pQ","expires_in":3600,"token_type":"Bearer","status":"SUCCESS",
            "verification_uri_complete":"https://x.test/device?user_code={word}","link":"https://x.test/{word}#{word}",
            "next":"/login?otp=4&code={word}","sid":"{word}","ticket":"{word}","message":"your password is {word}",
            "detail":"see x.test/?secret={word}","code":"{word}","more":{{"password":{{"message":"{word}"}}}},
            "error_uri":"https://x.test/e?{word}","big":{word}12345678901234567890123e1,"sms":"{word}",
            "sub_{word}9f8e7d6c5b4a":"AbCdEfGhIj"}}"#
        );
        let answer = if word == "4821" { answer } else { answer.replace(&format!("\"big\":{word}"), "\"big\":") };
        let header = |name: &str, value: String| (name.to_owned(), value);
        let call = Call {
            request: Request {
                method: "POST".into(),
                target: format!("/v1/token;id={word}?sid={word}&ticket={word}&next=https%3A%2F%2Fx.test%2F{word}"),
                headers: vec![
                    header("Host", "api.acme.example".into()),
                    header("Accept", format!("application/json;x={word}")),
                    header("Content-Type", "application/x-www-form-urlencoded".into()),
                ],
                body: format!(
                    "client_id=i1&client_secret=s1&grant_type=client_credentials&device={word}&note=at+x%3D{word}"
                ),
            },
            answer: Some(Response {
                status: 200,
                reason: word.to_owned(),
                headers: vec![
                    header("Content-Type", format!("application/json; x={word}")),
                    header("WWW-Authenticate", format!("Bearer realm=\"your code is {word}\", nonce=\"{word}\"")),
                    header("Cache-Control", format!("no-store, {word}")),
                ],
                body: answer.into(),
            }),
        };
        for status in [200, 400] {
            let mut call = call.clone();
            call.answer.as_mut().unwrap().status = status;
            let made = draft("Acme", &[call]).unwrap();
            for text in [&made.pack, &made.pairs, &made.fixtures].into_iter().chain(&made.notes) {
                let small = text.to_lowercase();
                assert!(!small.contains(&word.to_lowercase()), "{status}: {word} in\n{text}");
            }
            assert!(made.pack.contains(r#""token_type":"Bearer","status":"SUCCESS""#), "{}", made.pack);
        }
    }
}

#[test]
fn what_no_pack_reads_of_a_request_is_not_asked_for_and_told() {
    let call = |target: &str, media: &str, body: &str| {
        let headers = [("Host", "acme.example"), ("Content-Type", media)];
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { method: "POST".into(), target: target.into(), headers, body: body.into() };
        let body = br#"{"access_token":"aB3dE5fG7hJ9kL1mN3pQ","expires_in":3600}"#.to_vec();
        let answer = Response { status: 200, reason: String::new(), headers: Vec::new(), body };
        draft("Acme", &[Call { request, answer: Some(answer) }]).unwrap()
    };
    let form = "client_id=i1&client_secret=s1&grant_type=client_credentials&site=emea&none=";
    let made = call("/token?api_key=k1", "application/x-www-form-urlencoded", form);
    assert!(made.pack.contains("[token.parameters.\"site\"]"), "{}", made.pack);
    assert!(!made.pack.contains("api_key") && !made.pack.contains("parameters.\"none"), "{}", made.pack);
    assert!(made.pairs.contains("POST /token?api_key=acme-apikey HTTP/1.1"), "{}", made.pairs);
    assert!(made.notes.iter().any(|note| note.contains("`api_key`")), "{:?}", made.notes);
    let json = r#"{"client_id":"i1","client_secret":"s1","version":2,"a":{"b":"live","c":{"d":"live"}},"none":null}"#;
    let made = call("/token", "application/json", json);
    let asked: Vec<_> = made.pack.lines().filter(|line| line.starts_with("[token.parameters")).collect();
    assert_eq!(asked, ["[token.parameters.\"a.b\"]"], "{}", made.pack);
    assert!(made.notes.iter().any(|note| note.contains("`a.c.d`, `version` of the request")), "{:?}", made.notes);
    let made = call("/token?client_id=i1", "application/x-www-form-urlencoded", "grant_type=client_credentials");
    assert!(made.pairs.is_empty(), "{}", made.pairs);
}
