//! Which requests are meant.

use admin_api::JournalFilter;
use clap::Args;
use serde_json::Value;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which requests")]
pub(in crate::cli) struct Filter {
    /// The mount's name.
    #[arg(long, value_name = "NAME")]
    mount: Option<String>,
    /// The endpoint or page; `none` is what leads nowhere.
    #[arg(long)]
    endpoint: Option<String>,
    /// The client that they name.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The user that they are about, by sub or username.
    #[arg(long)]
    user: Option<String>,
    /// The grant type.
    #[arg(long)]
    grant: Option<String>,
    /// The HTTP method.
    #[arg(long)]
    method: Option<String>,
    /// The path, without the query.
    #[arg(long)]
    path: Option<String>,
    /// The status of the answer.
    #[arg(long)]
    status: Option<u16>,
    /// The kind of the refusal.
    #[arg(long)]
    error: Option<String>,
    /// Whether a scenario acted.
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    forced: Option<bool>,
    /// The reference that the error page showed.
    #[arg(long)]
    reference: Option<String>,
    /// The request's id.
    #[arg(long)]
    id: Option<String>,
    /// The number after which they come.
    #[arg(long, value_name = "NUMBER")]
    since: Option<u64>,
}

impl From<Filter> for JournalFilter {
    fn from(filter: Filter) -> Self {
        let Filter { mount, endpoint, client, user, grant, method, path, status, error, forced, reference, id, since } =
            filter;
        Self {
            mount,
            endpoint,
            client_id: client,
            user,
            grant,
            method,
            path,
            status,
            error,
            forced,
            reference,
            id,
            since,
        }
    }
}

/// A filter as parameters of a query.
pub(super) fn query(filter: &JournalFilter) -> Vec<(&'static str, String)> {
    let members = serde_json::to_value(filter).unwrap_or_default();
    let text = |key: &&'static str| match members.get(*key)? {
        Value::String(text) => Some((*key, text.clone())),
        value => Some((*key, value.to_string())),
    };
    JournalFilter::KEYS.iter().filter_map(text).collect()
}
