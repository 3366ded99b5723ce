//! How a command finds its gateway.

use super::client::{Answered, Client, Failure, Sent};
use super::exit::Unreached;
use super::load_of_running;
use crate::announce::READY_FILE;
use crate::{output, table};
use admin_api::{Operation, Page};
use anyhow::Context;
use clap::Args;
use configuration::Environment;
use configuration::host::reachable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

const URL: &str = "IDP_GATEWAY_ADMIN_URL";
const TOKEN: &str = "IDP_GATEWAY_ADMIN_TOKEN";
const NAMESPACE: &str = "IDP_GATEWAY_NAMESPACE";

/// Which gateway a command is for, and how it speaks of it.
#[derive(Clone, Debug, Args)]
pub(super) struct Reach {
    /// The URL of the gateway's admin API, such as `http://127.0.0.1:8081`; its token is taken from
    /// `IDP_GATEWAY_ADMIN_TOKEN`. Left out: `IDP_GATEWAY_ADMIN_URL`, else the ready file of this folder (idp-gateway.json),
    /// else 127.0.0.1:8081.
    #[arg(long, value_name = "URL", global = true, conflicts_with = "config", help_heading = "Which gateway")]
    pub(super) admin: Option<String>,
    /// The configuration that the gateway runs with, which says where its admin API is.
    #[arg(long, value_name = "FILE", global = true, help_heading = "Which gateway")]
    pub(super) config: Option<PathBuf>,
    /// The namespace that is meant. Left out: `IDP_GATEWAY_NAMESPACE`, else what is outside any.
    #[arg(long, value_name = "NAME", global = true, help_heading = "Which gateway")]
    namespace: Option<String>,
    /// Answer in JSON, as the admin API does.
    #[arg(long, global = true, help_heading = "Output")]
    pub(super) json: bool,
    /// Whether what is outside any namespace is meant, whatever is named.
    #[arg(skip)]
    outside: bool,
}

/// What a ready file says that a command needs.
#[derive(Deserialize)]
struct Ready {
    admin_url: String,
    admin_token: Option<String>,
}

impl Reach {
    /// The gateway. Whether it runs shows at the first call.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let environment = Environment::process();
        if let Some(client) = self.named(&environment)? {
            return Ok(client);
        }
        let config = load_of_running(self.config.as_deref(), false)?;
        let base = format!("http://{}", reachable(config.admin.listen));
        let token = config.admin.token.or_else(|| token(&environment));
        Ok(Client::new(&base, "admin.listen", token).within(self.namespace(&environment)))
    }

    /// The gateway that is named by something else than a configuration.
    pub(super) fn elsewhere(&self) -> anyhow::Result<Option<Client>> {
        self.named(&Environment::process())
    }

    /// The namespace that is named.
    pub(super) fn namespace(&self, environment: &Environment) -> Option<String> {
        let named = || self.namespace.clone().or_else(|| environment.text(NAMESPACE));
        (!self.outside).then(named).flatten()
    }

    /// The same for what is outside any namespace.
    pub(super) fn outside(&self) -> Self {
        Self { outside: true, ..self.clone() }
    }

    fn named(&self, environment: &Environment) -> anyhow::Result<Option<Client>> {
        let client = if let Some(url) = &self.admin {
            Client::new(url, "--admin", token(environment))
        } else if self.config.is_some() {
            return Ok(None);
        } else if let Some(url) = environment.text(URL) {
            Client::new(&url, URL, token(environment))
        } else if let Some(ready) = ready()? {
            let token = ready.admin_token.map(grant::Secret::from).or_else(|| token(environment));
            Client::new(&ready.admin_url, READY_FILE, token)
        } else {
            return Ok(None);
        };
        let base = client.base();
        if !["http://", "https://"].iter().any(|scheme| base.starts_with(scheme)) {
            return Err(Unreached(format!("`{base}` is no URL; write it as http://127.0.0.1:8081")).into());
        }
        Ok(Some(client.within(self.namespace(environment))))
    }

    /// One call. Its answer is shown as it came, or to people as `told` says it.
    pub(super) fn tell<B, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        sent: Sent<'_>,
        told: impl FnOnce(A) -> Told,
    ) -> anyhow::Result<()> {
        self.show(self.client()?.call(operation, names, sent).map_err(Failure::into_error)?, told)
    }

    /// All pages of a list, shown as one.
    pub(super) fn list<A: DeserializeOwned + Serialize>(
        &self,
        operation: &Operation<(), Page<A>>,
        names: &[&str],
        told: impl FnOnce(&[A]) -> Told,
    ) -> anyhow::Result<()> {
        let all = pages(&self.client()?, operation, names)?;
        if self.json {
            let (total, next) = (all.len(), None);
            output::line(&serde_json::to_string(&Page { items: all, total, next })?);
        } else {
            told(&all).say();
        }
        Ok(())
    }

    /// Says to people that something is done.
    pub(super) fn done(&self, note: &str) {
        if !self.json {
            output::error(note);
        }
    }

    /// Shows an answer as it came, or to people as `told` says it.
    pub(super) fn show<A: DeserializeOwned>(
        &self,
        answer: Answered<A>,
        told: impl FnOnce(A) -> Told,
    ) -> anyhow::Result<()> {
        if !self.json {
            told(answer.read()?).say();
        } else if !answer.text.is_empty() {
            output::line(&answer.text);
        }
        Ok(())
    }
}

/// The entries of all pages of a list.
pub(super) fn pages<A: DeserializeOwned>(
    client: &Client,
    operation: &Operation<(), Page<A>>,
    names: &[&str],
) -> anyhow::Result<Vec<A>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let mut query = vec![("limit", Page::<A>::MOST.to_string())];
        query.extend(after.map(|after| ("after", after)));
        let page = client.call(operation, names, Sent { query, ..Sent::nothing() }).map_err(Failure::into_error)?;
        let page = page.read()?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// What people are told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What the command is for, on standard output.
    pub(super) out: Option<String>,
    /// What is to be known beside it, on standard error.
    pub(super) note: Option<String>,
}

impl Told {
    /// A table, or another text, on standard output.
    pub(super) fn out(text: impl Into<String>) -> Self {
        Self { out: Some(text.into()), note: None }
    }

    /// A line on standard error.
    pub(super) fn note(text: impl Into<String>) -> Self {
        Self { out: None, note: Some(text.into()) }
    }

    /// A table of rows under a heading; a note where there are none.
    pub(super) fn table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>, none: &str) -> Self {
        if rows.is_empty() {
            return Self::note(none);
        }
        Self::out(table::titled(heading, rows))
    }

    /// Tells it.
    pub(super) fn say(self) {
        if let Some(text) = self.out {
            output::line(&text);
        }
        if let Some(text) = self.note {
            output::error(&text);
        }
    }
}

fn token(environment: &Environment) -> Option<grant::Secret> {
    environment.text(TOKEN).map(grant::Secret::from)
}

/// The ready file of this folder, where there is one.
fn ready() -> anyhow::Result<Option<Ready>> {
    match fs::read_to_string(READY_FILE) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .with_context(|| format!("{READY_FILE} in this folder is no ready file of a gateway; see --ready-file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{READY_FILE} in this folder cannot be read")),
    }
}
