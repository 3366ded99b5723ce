//! `pack try`: what a pack answers, shown without a gateway.

use crate::output;
use crate::table::plain_lines;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use dialect::{BodyFormat, ClientPlace, Context, Dialect, DialectKind, Nothing, Route, SettingsMap, WireRequest};
use dialect::{WireResponse, respond};
use grant::{Call, Client, Endpoint, GrantType, Granted, PublicError, Reply, TokenReply};
use pack::refusals::{self, Sample};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// The credentials of the example.
const CLIENT: (&str, &str) = ("my-app", "my-secret");

#[derive(Debug, Args)]
pub(super) struct Try {
    /// A folder, a file, or the name of a shipped pack.
    pack: PathBuf,
    /// Show this refusal alone, by its kind: `invalid_client`.
    #[arg(long, value_name = "KIND")]
    error: Option<String>,
}

impl Try {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let kind = super::find(&self.pack)?.kind();
        let dialect = kind.build(&SettingsMap::new())?;
        let token = Route::find(dialect.routes(), Endpoint::Token);
        let path = token.map_or("/", |route| route.path);
        let context = Context {
            endpoint: Endpoint::Token,
            path,
            issuer: "https://issuer.example",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &Nothing,
        };
        if self.error.is_none() {
            granted(&kind, &*dialect, token, &context);
        }
        let wanted = |sample: &Sample| self.error.as_ref().is_none_or(|code| sample.kind.code() == code);
        for sample in refusals::all().into_iter().filter(wanted) {
            let context = Context { asked: sample.asked(), ..context };
            let response = dialect.encode_error(PublicError { kind: &sample.kind }, &context);
            output::line(&format!("### {}\n{}", sample.key, shown(&response)));
        }
        Ok(())
    }
}

/// The example's request and its answer, with words in the place of tokens.
fn granted(kind: &DialectKind, dialect: &dyn Dialect, token: Option<&Route>, context: &Context<'_>) {
    let call = &kind.token_call;
    let media = match call.body {
        BodyFormat::Json => "application/json",
        BodyFormat::Form => "application/x-www-form-urlencoded",
    };
    let mut fields: Vec<_> = call.asks.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", CLIENT.0, CLIENT.1)));
    let mut headers = vec![("content-type", media.as_bytes())];
    match call.client {
        ClientPlace::Basic => headers.push(("authorization", basic.as_bytes())),
        ClientPlace::Body { id, secret } => {
            let quoted =
                |text: &str| if call.body == BodyFormat::Json { format!("\"{text}\"") } else { text.to_owned() };
            fields.insert(0, (secret.to_owned(), quoted(CLIENT.1)));
            fields.insert(0, (id.to_owned(), quoted(CLIENT.0)));
        }
    }
    let parts: Vec<_> = fields
        .iter()
        .map(|(name, value)| match call.body {
            BodyFormat::Json => format!("\"{name}\":{value}"),
            BodyFormat::Form => format!("{name}={value}"),
        })
        .collect();
    let body = if call.body == BodyFormat::Json { format!("{{{}}}", parts.join(",")) } else { parts.join("&") };
    let method = token.and_then(|route| route.methods.first()).copied().unwrap_or("POST");
    let mut text = format!("{method} {} HTTP/1.1\n", context.path);
    for (name, value) in &headers {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value));
    }
    output::line(&format!("### A request that is granted\n{text}\n{body}\n<<<"));
    let request = WireRequest { method, path: context.path, query: None, headers: &headers, body: body.as_bytes() };
    let call = dialect.parse(Endpoint::Token, &request);
    let response = match call {
        Ok(Call::Token(request)) => dialect.encode(&reply(dialect, request.extra), context),
        Ok(_) => WireResponse::empty(404),
        Err(error) => dialect.encode_error(error.public(), context),
    };
    output::line(&shown(&response));
}

fn reply(dialect: &dyn Dialect, extra: Vec<(&'static str, String)>) -> Reply {
    let mut client = Client::new(CLIENT.0);
    for name in dialect.known_claims().client {
        client.claims.set(name, format!("({name} of the client)").into());
    }
    Reply::Token(TokenReply {
        grant_type: GrantType::ClientCredentials,
        access_token: "(access token)".to_owned().into(),
        expires_in: dialect.policy().access_ttl,
        id_token: None,
        refresh_token: None,
        scopes: dialect.policy().scopes.clone(),
        scope_requested: true,
        facts: Granted { at: 1_795_946_584, client: Some(Arc::new(client)), user: None, extra },
    })
}

fn shown(response: &WireResponse) -> String {
    let mut text = format!("HTTP/1.1 {} {}\n", response.status, respond::reason_phrase(response.status));
    for (name, value) in &response.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    plain_lines(&format!("{text}\n{}\n", String::from_utf8_lossy(&response.body)))
}
