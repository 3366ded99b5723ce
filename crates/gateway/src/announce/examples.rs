//! The sandbox's example calls: one token request for each mount, to be pasted into a shell, and a page to sign in at.

use configuration::{MountConfig, sandbox};
use grant::Endpoint;

/// How a dialect takes a token request.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// Everything in a JSON body.
    Json,
    /// The client in Basic, the grant in a form.
    Basic,
    /// Everything in a form.
    Form,
}

struct Example {
    mount: &'static str,
    client: &'static str,
    style: Style,
    scope: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example { mount: "bizzassure", client: "bizzassure-demo", style: Style::Json, scope: "employee.get" },
    Example { mount: "bits", client: "bits-demo", style: Style::Basic, scope: "application" },
    Example { mount: "brighthr-sandbox", client: "brighthr-sandbox-app", style: Style::Form, scope: "employee:read" },
    Example { mount: "brighthr", client: "brighthr-app", style: Style::Form, scope: "employee:read" },
    Example { mount: "screeningeagle", client: "screeningeagle-demo", style: Style::Basic, scope: "openid email" },
];

/// The mount and the user to sign in as with one click.
const SIGN_IN: (&str, &str) = ("brighthr-sandbox", "alice");

/// Where to sign in by browser, in a line; none where the sandbox has no such mount.
pub(super) fn sign_in(mounts: &[MountConfig], public_url: &str) -> Option<String> {
    let (name, user) = SIGN_IN;
    let mount = mounts.iter().find(|mount| mount.name == name)?;
    mount.users.iter().find(|known| &*known.username == user)?;
    Some(format!("Sign in as {user}: {}{}", mount.base_url(public_url), mount.dialect.pages()?.account))
}

/// The call for `mount`; none where the sandbox has no example of it.
pub(super) fn token_call(mount: &MountConfig, public_url: &str) -> Option<String> {
    let example = EXAMPLES.iter().find(|example| example.mount == mount.name)?;
    let route = mount.dialect.routes().iter().find(|route| route.endpoint == Endpoint::Token)?;
    let of_client = |(name, id, _): &(String, String, String)| name == example.mount && id == example.client;
    let (_, id, secret) = sandbox::clients().into_iter().find(of_client)?;
    let url = format!("{}{}", mount.base_url(public_url), route.path);
    let scope = example.scope;
    Some(match example.style {
        Style::Json => format!(
            "curl {url} -H 'Content-Type: application/json' \\\n  \
             -d '{{\"client_id\":\"{id}\",\"client_secret\":\"{secret}\",\n       \"scopes\":[\"{scope}\"]}}'"
        ),
        Style::Basic => format!(
            "curl {url} \\\n  -u {id}:{secret} \\\n  -d grant_type=client_credentials --data-urlencode 'scope={scope}'"
        ),
        Style::Form => format!(
            "curl {url} \\\n  -d client_id={id} -d client_secret={secret} \\\n  \
             -d grant_type=client_credentials --data-urlencode 'scope={scope}'"
        ),
    })
}
