//! Text from outside stays text.

use crate::html::{Piece, pieces};
use pages::{
    Account, AppRow, Consent, Device, DeviceAsk, DeviceError, DeviceStep, ErrorPage, Fact, Frame, Login, LoginError,
    Logout, LogoutStep, NewToken, PatForm, PatRow, PatScope, Pats, Person, Scope, ScopeChoice, SessionRow, Signed,
};
use proptest::prelude::*;

/// Every page with `text` in each of its fields.
fn pages_of(text: &str) -> Vec<String> {
    let user = Signed { name: text, account_url: Some(text), logout_url: Some(text) };
    let frame =
        Frame { brand: text, logo: Some(text), stylesheet: text.into(), theme: Some(text.into()), user: Some(user) };
    // The two names of a person are told apart only where they differ.
    let longer = format!("{text}{text}");
    let person = Person { sub: text, name: text, username: &longer };
    let scope = Scope { name: text, title: Some(text) };
    let scopes = vec![scope, Scope { name: text, title: None }];
    let ask = LogoutStep::Ask { name: text, action: text, csrf: text };
    vec![
        login(text, &frame, &person),
        consent(text, &frame, &person),
        device(text, &frame, &person),
        device_form(text, &frame),
        pages::device(&Device { frame: frame.clone(), step: DeviceStep::Done { client: text, allowed: true } }),
        account(text, &frame, &person, &scopes),
        pages::logout(&Logout { frame: frame.clone(), step: ask }),
        pages::logout(&Logout { frame: frame.clone(), step: LogoutStep::Done }),
        pages::error(&ErrorPage {
            frame,
            heading: text,
            code: text,
            sentence: text,
            remedy: Some(text),
            client_id: Some(text),
            reference: text,
            at: 0,
        }),
    ]
}

fn login(text: &str, frame: &Frame<'_>, person: &Person<'_>) -> String {
    pages::login(&Login {
        frame: frame.clone(),
        client: Some(text),
        action: text,
        csrf: text,
        username: Some(text),
        error: Some(LoginError::Wrong),
        current: Some(person.clone()),
        people: vec![person.clone()],
    })
}

fn consent(text: &str, frame: &Frame<'_>, person: &Person<'_>) -> String {
    let facts = vec![Fact { label: text, value: text.into() }];
    let scope = Scope { name: text, title: Some(text) };
    let required = ScopeChoice { scope, facts, required: true, checked: true };
    pages::consent(&Consent {
        frame: frame.clone(),
        client: text,
        host: text,
        user: person.clone(),
        other_account_url: Some(text),
        action: text,
        csrf: text,
        scopes: vec![ScopeChoice { required: false, ..required.clone() }, required],
        remember: true,
    })
}

fn device(text: &str, frame: &Frame<'_>, person: &Person<'_>) -> String {
    let facts = vec![Fact { label: text, value: text.into() }];
    let scope = Scope { name: text, title: Some(text) };
    let ask = DeviceAsk {
        client: text,
        code: text,
        user: person.clone(),
        action: text,
        csrf: text,
        scopes: vec![ScopeChoice { scope, facts, required: false, checked: true }],
    };
    pages::device(&Device { frame: frame.clone(), step: DeviceStep::Ask(Box::new(ask)) })
}

fn device_form(text: &str, frame: &Frame<'_>) -> String {
    let step = DeviceStep::Enter { action: text, csrf: text, code: text, error: Some(DeviceError::Unknown) };
    pages::device(&Device { frame: frame.clone(), step })
}

fn account(text: &str, frame: &Frame<'_>, person: &Person<'_>, scopes: &[Scope<'_>]) -> String {
    let scopes = scopes.to_vec();
    let session = SessionRow { id: text, agent: text, signed_in_at: 0, ends_at: 0, this_browser: true };
    let app = AppRow { id: text, name: text, scopes: scopes.clone(), since: 0, remembered: true, offline: true };
    let choices = scopes.iter().map(|scope| PatScope { scope: scope.clone(), checked: true }).collect();
    let pat = PatRow { id: text, name: text, scopes, made_at: 0, expires_at: 0, last_used: None, expired: false };
    let form = PatForm { name: text, max_name: 9, scopes: choices, days: text, max_days: 9, error: None };
    pages::account(&Account {
        frame: frame.clone(),
        user: person.clone(),
        action: text,
        csrf: text,
        sessions: vec![session],
        apps: vec![app],
        pats: Some(Pats { rows: vec![pat], new_token: Some(NewToken { name: text, token: text }), form }),
    })
}

/// The pieces of every page, with `from` put back to `to` wherever it is text or a value.
fn pieces_of(text: &str, from: &str, to: &str) -> Vec<Vec<Piece>> {
    let back = |piece| match piece {
        Piece::Open(mut tag) => {
            for value in tag.attributes.values_mut() {
                *value = value.replace(from, to);
            }
            Piece::Open(tag)
        }
        Piece::Text(text) => Piece::Text(text.replace(from, to)),
        other => other,
    };
    pages_of(text).iter().map(|html| pieces(html).into_iter().map(back).collect()).collect()
}

/// A page is built of the same tags whatever its fields hold, and each field is read back as it was put in.
fn stays_text(outside: &str) {
    let text = format!("⟦{outside}⟧");
    let pieces = pieces_of(&text, &text, "⟦⟧");
    assert_eq!(pieces, pieces_of("⟦⟧", "", ""), "{text}");
}

#[test]
fn markup_in_every_field_stays_text() {
    for outside in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus='alert(1)' autofocus x='",
        "</title></textarea></label></form><h1>",
        "&lt;b&gt; &amp; &#60;",
        "{{ 7 * 7 }} {% raw %}",
        "<!-- ",
    ] {
        stays_text(outside);
    }
    assert!(!pages_of("<script>").concat().contains("<script"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_stays_text(outside in "\\PC{0,40}") {
        stays_text(&outside);
    }
}
