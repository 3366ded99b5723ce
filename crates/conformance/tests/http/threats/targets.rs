//! Every vendor of the registry as a target, made of what its dialect states and of its contract.

use super::{Target, Wire};
use anyhow::{Context, Result, anyhow};
use configuration::registry;
use dialect::{BodyFormat, ClientPlace, Context as Place, Route, TokenCall, intern};
use grant::{Endpoint, Refusal, RefusalKind};
use std::sync::OnceLock;
use testkit::contract::{self, Contract};
use testkit::token_call::{client_of, is_granted, members};

/// One target for each dialect.
pub(super) fn all() -> Result<&'static [Target]> {
    static ALL: OnceLock<Result<Vec<Target>, String>> = OnceLock::new();
    let read = || contract::load_all()?.iter().map(target).collect::<Result<Vec<_>>>();
    let made = ALL.get_or_init(|| read().map_err(|error| format!("{error:#}")));
    made.as_deref().map_err(|error| anyhow!("{error}"))
}

/// Those that take a form.
pub(super) fn forms() -> Result<impl Iterator<Item = &'static Target>> {
    Ok(all()?.iter().filter(|target| target.wire != Wire::Json))
}

/// Those that take the client in Basic.
pub(super) fn basics() -> Result<impl Iterator<Item = &'static Target>> {
    Ok(all()?.iter().filter(|target| target.wire == Wire::BasicAndForm))
}

/// The target that the pair of the contract makes which is granted a token for the least.
fn target(contract: &Contract) -> Result<Target> {
    let kind = registry::find(&contract.dialect).with_context(|| format!("no dialect is {}", contract.dialect))?;
    let call = &kind.token_call;
    let nothing = || format!("{} shows no plain grant at its first mount", kind.id);
    let mount = contract.mounts.first().with_context(nothing)?;
    let host = mount.hosts.first().with_context(nothing)?;
    let plain = contract.text.pairs.iter().filter(|pair| {
        is_granted(call, pair) && pair.givens.is_empty() && pair.request.header("host") == Some(host.as_str())
    });
    let request = &plain.min_by_key(|pair| pair.request.body.len()).with_context(nothing)?.request;
    let id = client_of(call, request).with_context(nothing)?;
    let client = mount.clients.iter().find(|client| client.id == id).with_context(nothing)?;
    let secret = client.secret.as_deref().with_context(nothing)?;

    let dialect = kind.build(&mount.settings)?;
    let route = Route::find(dialect.routes(), Endpoint::Token).with_context(nothing)?;
    let refusal = |kind| {
        let place = Place {
            endpoint: Endpoint::Token,
            path: route.path,
            issuer: &mount.issuer,
            back_channel: None,
            request_id: "",
            asked: &dialect::Nothing,
        };
        let answer = dialect.encode_error(Refusal::new(kind, "to see its answer").public(), &place);
        // The value of the first member says which error it is.
        let code = String::from_utf8_lossy(&answer.body).split('"').nth(3).map(intern);
        code.map(|code| (answer.status, code)).with_context(nothing)
    };
    Ok(Target {
        mount: intern(&mount.name),
        host: intern(host),
        path: route.path,
        wire: match (call.client, call.body) {
            (_, BodyFormat::Json) => Wire::Json,
            (ClientPlace::Basic, _) => Wire::BasicAndForm,
            (ClientPlace::Body { .. }, _) => Wire::Form,
        },
        client: (intern(&id), intern(secret)),
        asks: intern(&asks(call, &request.body)),
        invalid_request: refusal(RefusalKind::InvalidRequest(grant::RequestFault::Unreadable))?,
        invalid_client: refusal(RefusalKind::InvalidClient)?,
    })
}

/// The body without the client's credentials.
fn asks(call: &TokenCall, body: &str) -> String {
    let mut asked = members(call, body);
    if let ClientPlace::Body { id, secret } = call.client {
        let name =
            |member: &String| member.trim_start_matches('"').split(['"', '=']).next().unwrap_or_default().to_owned();
        asked.retain(|member| ![id, secret].contains(&name(member).as_str()));
    }
    asked.join(if call.body == BodyFormat::Json { "," } else { "&" })
}
