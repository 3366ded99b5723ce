//! What the gateway must withstand where users log in, over HTTP against the real process. The numbers are those of
//! the cases in the crate's README.

mod account;
mod authorize;
/// The user agent of these tests.
mod browser {
    pub(crate) use testkit::agent::{Agent as Browser, Form, form, forms};
}
mod clock;
mod consent;
mod disabled;
mod end_session;
mod form_post;
mod forms;
mod grounds;
mod login;
mod logout;
mod pages;
mod pats;
mod pkce;
mod prompt;
mod proxies;
mod public_path;
mod redirects;
mod restart;
mod sign_ins;

mod tabs;
mod tokens;

use anyhow::{Context, Result, anyhow};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use serde_json::json;
use std::sync::OnceLock;
use testkit::config::Config;
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::vendor;
use testkit::vendor::{OTHER, PUBLIC, REDIRECT, VENDORS};

/// Two redirect URIs of the public client's on loopback.
const LOOPBACK: [&str; 2] = ["http://localhost/cb", "http://127.0.0.1/cb"];

/// The fixtures' mounts. Users are picked with a click, for a password costs a second in a debug build.
fn config() -> Result<Config> {
    let mut config = contract::config(&contract::load_all()?);
    for vendor in &VENDORS {
        let settings = &mut config.mount_mut(vendor.mount).context("a mount of the fixtures")?.settings;
        settings.extend(["auto_approve", "user_picker"].map(|name| (name.to_owned(), json!(true))));
        for (name, value) in vendor.settings {
            settings.insert((*name).to_owned(), serde_json::from_str(value)?);
        }
    }
    Ok(config)
}

/// Makes a public client and a second confidential one beside each vendor's own.
fn prepare(gateway: &Gateway) -> Result<()> {
    for vendor in &VENDORS {
        let scopes: Vec<_> = vendor.scope.split(' ').collect();
        let public = json!({
            "grants": ["authorization_code", "refresh_token"],
            "scopes": scopes,
            "redirect_uris": [REDIRECT, LOOPBACK[0], LOOPBACK[1]],
            "user": vendor.user,
        });
        let mut other = public.clone();
        other["secret"] = json!("another-secret");
        gateway.admin().put(vendor.mount, "clients", PUBLIC, &public)?;
        gateway.admin().put(vendor.mount, "clients", OTHER, &other)?;
    }
    Ok(())
}

fn start() -> Result<Gateway> {
    let gateway = Gateway::start(&config()?.to_toml()?)?;
    prepare(&gateway)?;
    Ok(gateway)
}

/// The one gateway of the tests that change nothing which others share.
pub(crate) fn gateway() -> Result<&'static Gateway> {
    static GATEWAY: OnceLock<Result<Gateway, String>> = OnceLock::new();
    let started = GATEWAY.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    started.as_ref().map_err(|error| anyhow!("{error}"))
}

/// What that gateway has logged until now.
fn logs() -> Result<MutexGuard<'static, String>> {
    static LOGS: Mutex<String> = Mutex::new(String::new());
    let mut logs = LOGS.lock();
    logs.push_str(&gateway()?.logs()?);
    Ok(logs)
}

/// The gateway of the tests that change its clock or its settings, or end it: one at a time, each from the start.
fn alone() -> Result<MappedMutexGuard<'static, Gateway>> {
    static GATEWAY: Mutex<Option<Gateway>> = Mutex::new(None);
    let mut guard = GATEWAY.lock();
    match &*guard {
        Some(gateway) => {
            gateway.admin().reset()?;
            prepare(gateway)?;
        }
        None => *guard = Some(start()?),
    }
    MutexGuard::try_map(guard, Option::as_mut).map_err(|_| anyhow!("there is no gateway"))
}
