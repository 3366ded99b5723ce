//! What the forms send.

use crate::html::{Form, forms};
use crate::page;

const BOUND: &str = "csrf=the-csrf-token";

fn forms_of(name: &str) -> Vec<Form> {
    forms(&page(name))
}

#[test]
fn sign_in_sends_a_password_a_session_or_a_user() {
    let [form] = &forms_of("login-wrong")[..] else { panic!("forms") };
    assert_eq!(form.submit(""), format!("{BOUND} username=alice password="));
    let [go_on, _] = &forms_of("login-current")[..] else { panic!("forms") };
    assert_eq!(go_on.submit("1"), format!("{BOUND} continue=1"));
    let [_, pick] = &forms_of("login-picker")[..] else { panic!("forms") };
    assert_eq!(pick.submit("3"), format!("{BOUND} pick=3"));
}

/// What is required is sent though it cannot be ticked; what is not ticked is not sent.
#[test]
fn consent_sends_what_is_ticked() {
    let [form] = &forms_of("consent")[..] else { panic!("forms") };
    let scopes = "scope=openid scope=profile scope=email scope=employee:read";
    for decision in ["allow", "deny"] {
        assert_eq!(form.submit(decision), format!("{BOUND} {scopes} remember=1 decision={decision}"));
    }
    assert!(form.has("scope", "offline_access"), "it can be ticked");
    let [form] = &forms_of("consent-long")[..] else { panic!("forms") };
    assert!(!form.submit("allow").contains("remember"));
}

#[test]
fn o44_a_device_is_decided_on_with_what_is_ticked() {
    let [form] = &forms_of("device-unknown")[..] else { panic!("forms") };
    assert_eq!(form.submit(""), format!("{BOUND} user_code=BCDF-GHJK"));
    let [form] = &forms_of("device-ask")[..] else { panic!("forms") };
    assert_eq!(form.submit("allow"), format!("{BOUND} scope=openid scope=email decision=allow"));
}

#[test]
fn the_account_sends_what_to_do_to_what() {
    let sent: Vec<_> = forms_of("account").iter().map(|form| form.submit(form.only_button())).collect();
    let expected = [
        "do=sign_out",
        "do=end_session id=0F1E2D3C4B5A69788796A5B4C3D2E1F0",
        "do=end_session id=A1E2D3C4B5A69788796A5B4C3D2E1F00",
        "do=end_session id=B1E2D3C4B5A69788796A5B4C3D2E1F00",
        "do=withdraw id=rota",
        "do=withdraw id=x",
        "do=revoke_pat id=0123456789abcdef",
        "do=revoke_pat id=1123456789abcdef",
        "do=make_pat name= scope=employee:write days=90",
    ];
    assert_eq!(sent, expected.map(|rest| format!("csrf=the-csrf-token {rest}")));
}

/// A form that was refused keeps what was typed, and leads to what is at fault.
#[test]
fn a_refused_form_keeps_its_values() {
    for (name, fault) in
        [("account-refused-name", "name"), ("account-refused-scopes", "scope"), ("account-refused-days", "days")]
    {
        let forms = forms_of(name);
        let form = forms.last().unwrap();
        assert!(form.submit("").ends_with("scope=employee:write days=9000"), "{name}");
        let faulty: Vec<_> = form.controls.iter().filter(|tag| tag.has("aria-invalid")).collect();
        assert_eq!(faulty.len(), 1, "{name}");
        assert!(faulty[0].get("name") == Some(fault) && faulty[0].has("autofocus"), "{name}: {faulty:?}");
    }
}
