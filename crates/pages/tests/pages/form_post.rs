//! The one page that has a script.

use crate::html::{Form, forms, tags};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pages::FormPost;
use sha2::{Digest, Sha256};

const HARD: &str = "\"><script>alert(1)</script>&amp;'\u{e9}";

fn page() -> String {
    let action = "https://client.test/cb?a=1&b=\"2";
    pages::form_post(&FormPost { action, fields: vec![("code", "C-1"), ("state", HARD)] })
}

fn form() -> Form {
    let mut all = forms(&page());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn n28_the_form_goes_to_the_client_with_every_value_as_it_is() {
    let form = form();
    assert_eq!(form.tag.get("method"), Some("post"));
    assert_eq!(form.tag.get("action"), Some("https://client.test/cb?a=1&b=\"2"));
    assert!(form.has("code", "C-1") && form.has("state", HARD), "{form:?}");
    assert_eq!(form.controls.iter().filter(|tag| tag.name == "button").count(), 1, "{form:?}");
}

#[test]
fn t59_the_form_post_page_alone_has_a_script_and_it_is_constant() {
    let html = page();
    let scripts: Vec<_> = html.split("<script>").skip(1).map(|rest| rest.split("</script>").next().unwrap()).collect();
    let [script] = scripts[..] else { panic!("{scripts:?}") };
    let hash = format!("sha256-{}", STANDARD.encode(Sha256::digest(script)));
    assert_eq!(hash, FormPost::SCRIPT_HASH, "the policy would not let it run");
    for tag in tags(&html) {
        let plain = tag.attributes.keys().all(|name| name != "style" && name != "src" && !name.starts_with("on"));
        assert!(plain && !["link", "style", "base", "iframe"].contains(&tag.name.as_str()), "{tag:?}");
    }
}
