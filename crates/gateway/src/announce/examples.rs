//! The sandbox's example calls: one token request for each mount, to be pasted into a shell, and a page to sign in at.

use configuration::{MountConfig, sandbox};
use dialect::{BodyFormat, ClientPlace, Route, TokenCall};
use grant::{Client, Endpoint, GrantType};

/// Where to sign in by browser, in a line: the first mount whose vendor has pages and whose users can be picked.
pub(super) fn sign_in(mounts: &[MountConfig], public_url: &str) -> Option<String> {
    let picked = |mount: &&MountConfig| mount.dialect.policy().sign_in.as_ref().is_some_and(|terms| terms.user_picker);
    let mount =
        mounts.iter().filter(picked).find(|mount| mount.dialect.pages().is_some() && !mount.users.is_empty())?;
    let (user, pages) = (&mount.users.first()?.username, mount.dialect.pages()?);
    Some(format!("Sign in as {user}: {}{}", mount.base_url(public_url), pages.account))
}

/// The vendor's example call for `mount`, with the first of the sandbox's clients that is granted a token by itself;
/// none where the sandbox has no such mount.
pub(super) fn token_call(mount: &MountConfig, public_url: &str) -> Option<String> {
    let route = Route::find(mount.dialect.routes(), Endpoint::Token)?;
    let is_granted = |id: &str| {
        mount.clients.iter().any(|client| {
            client.id.as_str() == id && client.grants.contains(&GrantType::ClientCredentials) && !client.disabled
        })
    };
    if !mount.dialect.capabilities().grants.contains(&GrantType::ClientCredentials) {
        return None;
    }
    let (id, secret) = sandbox::clients_of(mount).into_iter().find(|(id, _)| is_granted(id))?;
    let url = format!("{}{}", mount.base_url(public_url), route.path);
    let claims = mount.clients.iter().find(|client| client.id.as_str() == id).map(|client| &client.claims)?;
    let bound = mount.kind.text().map(pack::shipped::bound_parameters).unwrap_or_default();
    let call = &mount.kind.token_call;
    let bound = bound.iter().filter_map(|(name, claim)| {
        let value = claims.get(claim)?.as_str()?;
        Some((name.as_str(), if call.body == BodyFormat::Json { format!("\"{value}\"") } else { value.to_owned() }))
    });
    let get = match (call.body, route.methods.first()) {
        (BodyFormat::Query, Some(&"GET")) => "-G ",
        (BodyFormat::Query, _) => "-G -X POST ",
        _ => "",
    };
    Some(curl(call, &format!("{get}{url}"), (&id, &secret), bound.collect()))
}

/// A command that gets a token of `mount` for a user, where no client is granted one by itself.
pub(super) fn token_for_user(mount: &MountConfig) -> Option<String> {
    let is_sent = |client: &&Client| client.grants.contains(&GrantType::AuthorizationCode) && !client.disabled;
    let client = mount.clients.iter().filter(is_sent).find(|client| !client.redirect_uris.is_empty())?;
    let user = mount.users.iter().find(|user| !user.disabled)?;
    Some(format!("idp-gateway token issue {} --client {} --user {}", mount.name, client.id, user.username))
}

fn curl(call: &TokenCall, url: &str, (id, secret): (&str, &str), bound: Vec<(&str, String)>) -> String {
    let mut basic = String::new();
    let mut fields: Vec<(&str, String)> = call.asks.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    fields.extend(bound);
    match call.client {
        ClientPlace::Basic => basic = format!(" -u {id}:{secret} \\\n "),
        ClientPlace::Body { id: id_name, secret: secret_name } => {
            let text =
                |value: &str| if call.body == BodyFormat::Json { format!("\"{value}\"") } else { value.to_owned() };
            fields.splice(..0, [(id_name, text(id)), (secret_name, text(secret))]);
        }
    }
    match call.body {
        BodyFormat::Json => {
            let members: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let body = members.join(",\n       ");
            format!("curl {url} \\\n {basic} -H 'Content-Type: application/json' \\\n  -d '{{{body}}}'")
        }
        BodyFormat::Form | BodyFormat::Query => {
            let parameters: Vec<_> =
                fields.iter().map(|(name, value)| format!("--data-urlencode '{name}={value}'")).collect();
            format!("curl {url} \\\n {basic} {}", parameters.join(" \\\n  "))
        }
    }
}
