//! Laws that every page of the gallery obeys.

use crate::html::{Tag, forms, tags, words};
use crate::{page, states};
use std::collections::BTreeSet;

fn each_page(law: impl Fn(&str, Vec<Tag>)) {
    let states = states::all();
    assert!(states.len() >= 20, "{} states", states.len());
    for (name, html) in states {
        law(name, tags(&html));
    }
}

/// 59: what the strict content security policy forbids is not in the pages, so that nothing of them is lost to it.
#[test]
fn t59_no_page_has_script_or_inline_style() {
    each_page(|name, tags| {
        for tag in tags {
            let allowed = match tag.name.as_str() {
                "script" | "style" | "iframe" | "object" | "embed" | "base" | "svg" => false,
                "link" => tag.get("rel") == Some("stylesheet"),
                "meta" => !tag.has("http-equiv"),
                _ => true,
            };
            assert!(allowed, "{name}: {tag:?}");
            for attribute in tag.attributes.keys() {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {tag:?}");
            }
        }
    });
    for reach in ["url(", "@import", "http", "//"] {
        assert!(!pages::stylesheet().contains(reach), "the stylesheet has {reach}");
    }
}

/// The gallery's URLs are all relative, its image too: a page that had one of its own would show here.
#[test]
fn no_page_reaches_out() {
    each_page(|name, tags| {
        for (attribute, value) in tags.iter().flat_map(|tag| &tag.attributes) {
            if ["href", "src", "srcset", "action", "formaction", "poster", "data", "ping"].contains(&attribute.as_str())
            {
                assert!(!value.contains([':', '/']), "{name}: {attribute}={value}");
            }
        }
    });
}

#[test]
fn every_control_has_one_label_and_every_reference_an_end() {
    each_page(|name, tags| {
        let ids: Vec<_> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: {ids:?}");
        for tag in &tags {
            if ["input", "textarea", "select"].contains(&tag.name.as_str()) && tag.get("type") != Some("hidden") {
                let id = tag.get("id").unwrap_or_else(|| panic!("{name}: {tag:?}"));
                let labels = tags.iter().filter(|tag| tag.name == "label" && tag.get("for") == Some(id)).count();
                assert_eq!(labels, 1, "{name}: {tag:?}");
            }
            for reference in ["for", "aria-describedby", "aria-labelledby"].iter().filter_map(|name| tag.get(name)) {
                assert!(ids.contains(&reference), "{name}: {tag:?}");
            }
        }
    });
}

#[test]
fn every_page_has_one_heading_and_its_landmarks() {
    each_page(|name, tags| {
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        for once in ["html", "title", "h1", "header", "main"] {
            assert_eq!(count(once), 1, "{name}: {once}");
        }
        assert!(tags.iter().filter(|tag| tag.has("autofocus")).count() <= 1, "{name}: more than one is focused");
        assert!(tags.iter().any(|tag| tag.name == "html" && tag.get("lang") == Some("en")), "{name}");
        for alert in tags.iter().filter(|tag| tag.get("role") == Some("alert")) {
            let id = alert.get("id");
            assert!(id.is_some(), "{name}: {alert:?}");
            let told = tags.iter().any(|tag| tag.name == "input" && tag.get("aria-describedby") == id);
            assert!(told || alert.has("autofocus"), "{name}: nothing leads to the alert");
        }
    });
}

/// Who hears the title alone hears that something is wrong.
#[test]
fn the_title_tells_an_error() {
    let mut alerts = 0;
    for (name, html) in states::all() {
        let alert = tags(&html).iter().any(|tag| tag.get("role") == Some("alert"));
        assert_eq!(words(&html).starts_with("Error: "), alert, "{name}");
        alerts += usize::from(alert);
    }
    assert!(alerts > 4, "{alerts} alerts");
}

/// 57: no form can be sent without the token against forgery.
#[test]
fn t57_every_form_is_bound() {
    let mut seen = 0;
    for (name, html) in states::all() {
        for form in forms(&html) {
            assert_eq!(form.tag.get("method"), Some("post"), "{name}");
            assert!(form.has("csrf", "the-csrf-token"), "{name}: {form:?}");
            let account = form.controls.iter().any(|tag| tag.get("name") == Some("do"));
            assert_eq!(account, name.starts_with("account"), "{name}: {form:?}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} forms");
}

#[test]
fn pages_say_what_matters() {
    let says = |name: &str, sentences: &[&str]| {
        let words = words(&page(name));
        for sentence in sentences {
            assert!(words.contains(sentence), "{name} does not say {sentence:?}: {words}");
        }
    };
    says("login", &["to continue to Rota Planner"]);
    says("login-wrong", &["The username or the password is wrong."]);
    says("login-wait", &["Try again in 42 seconds."]);
    says("login-current", &["Continue as Alice Adams", "Use another account"]);
    says("login-picker", &["Sandbox users: no password needed"]);
    says(
        "consent",
        &[
            "Allow Rota Planner access?",
            "signed in as Alice Adams (alice)",
            "see your email address email Emailalice.adams@example.com",
            "sent back to rota.client.test",
        ],
    );
    says(
        "account",
        &[
            "Firefox on Linux This browser Signed in 25 Nov 2026, 09:07 UTC. Ends 26 Nov 2026, 09:07 UTC.",
            "Rota Planner May act while you are away",
            "Since 26 Oct 2026, 09:07 UTC. Remembered",
            "Last used 25 Nov 2026, 08:57 UTC.",
            "Expired 25 Nov 2026, 09:05 UTC. Never used.",
        ],
    );
    says("account-new-token", &["Nightly export bhr_pat_", "it will not be shown again"]);
    says("account-refused-days", &["The days must be a number from 1 to 365."]);
    says("logout-ask", &["Sign out Alice Adams?"]);
    says("logout-done", &["You can close this window."]);
    says(
        "error",
        &["Errorinvalid_request", "Clientrota", "Reference01JD6Y3C7Q8R", "25 Nov 2026, 09:07 UTC", "gateway’s log"],
    );
}

#[test]
fn personal_access_tokens_show_only_where_the_vendor_has_them() {
    assert!(words(&page("account")).contains("Personal access tokens"));
    assert!(!words(&page("account-empty")).contains("oken"));
}
