//! `pack try`: what a pack answers, shown without a gateway.

use crate::output;
use crate::table::plain_lines;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use dialect::{Context, Dialect, Nothing, Route, SettingsMap, WireRequest, WireResponse, respond};
use grant::{
    Call, Claims, Client, Endpoint, GrantType, Granted, Identity, PublicError, Reply, TokenFacts, TokenReply, User,
};
use pack::{Example, Examples};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// The moment of the examples, seconds since the epoch.
const NOW: i64 = 1_795_946_584;

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
        let pack = super::find(&self.pack)?;
        let dialect = pack.kind().build(&SettingsMap::new())?;
        let examples = pack.examples();
        let stage = Stage { dialect: &*dialect, examples: &examples };
        if self.error.is_none() {
            stage.granted();
            stage.userinfo();
        }
        stage.refused(self.error.as_deref());
        Ok(())
    }
}

/// A pack on show.
struct Stage<'a> {
    dialect: &'a dyn Dialect,
    examples: &'a Examples,
}

impl Stage<'_> {
    fn context(&self, endpoint: Endpoint) -> Context<'_> {
        let path = match endpoint {
            Endpoint::Token => &self.examples.path,
            _ => Route::find(self.dialect.routes(), endpoint).map_or("/", |route| route.path),
        };
        Context {
            endpoint,
            path,
            issuer: "https://issuer.example",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &Nothing,
        }
    }

    /// A request of each grant and its answer, with words in the place of tokens.
    fn granted(&self) {
        let context = self.context(Endpoint::Token);
        let route = Route::find(self.dialect.routes(), Endpoint::Token);
        let method = route.and_then(|route| route.methods.first()).copied().unwrap_or("POST");
        for example in &self.examples.requests {
            let grant = example.grant.as_str();
            let mut extra = Vec::new();
            let refused = match self.read(example, method, &mut extra) {
                Ok(()) => String::new(),
                Err(why) => format!("# The pack does not take this example as it is: {why}\n"),
            };
            output::line(&format!("### {grant}\n{refused}{}<<<", asked(example, method, &self.examples.path)));
            let reply = self.dialect.encode(&Reply::Token(self.reply(example.grant, extra)), &context);
            output::line(&shown(&reply));
        }
    }

    /// Whether the pack takes an example; what it has beside its grant is gathered.
    fn read(&self, example: &Example, method: &str, extra: &mut Vec<(&'static str, String)>) -> Result<(), String> {
        let basic = basic();
        let mut headers: Vec<(&str, &[u8])> = Vec::new();
        if example.is_basic {
            headers.push(("authorization", basic.as_bytes()));
        }
        if let Some((media, _)) = example.body {
            headers.push(("content-type", media.as_bytes()));
        }
        let body = example.body.as_ref().map(|(_, body)| body.as_bytes()).unwrap_or_default();
        let (path, query) = (&*self.examples.path, example.query.as_deref());
        let request = WireRequest { method, path, query, headers: &headers, body };
        let told = |why: &grant::Refusal| why.cause.to_string();
        match self.dialect.parse(Endpoint::Token, &request) {
            Ok(Call::Token(request)) => {
                extra.extend(request.extra);
                request.proof.map(drop).map_err(|why| told(&why))?;
                request.scopes.map(drop).map_err(|why| told(&why))
            }
            Ok(_) => Ok(()),
            Err(why) => Err(told(&why)),
        }
    }

    fn reply(&self, grant_type: GrantType, extra: Vec<(&'static str, String)>) -> TokenReply {
        let scopes = self.dialect.policy().scopes.clone();
        let has_user = grant_type != GrantType::ClientCredentials;
        let refresh = self.dialect.issues_refresh(grant_type, &scopes);
        TokenReply {
            grant_type,
            access_token: "(access token)".to_owned().into(),
            expires_in: self.dialect.policy().access_ttl,
            id_token: (has_user && scopes.contains("openid")).then(|| "(id token)".to_owned().into()),
            refresh_token: refresh.then(|| "(refresh token)".to_owned().into()),
            scopes,
            scope_requested: true,
            facts: Granted { at: NOW, client: Some(self.client()), user: has_user.then(|| self.user()), extra },
        }
    }

    fn client(&self) -> Arc<Client> {
        let mut client = Client::new(Examples::CLIENT[0]);
        for name in self.dialect.known_claims().client {
            client.claims.set(name, format!("({name} of the client)").into());
        }
        client.into()
    }

    fn user(&self) -> Arc<User> {
        let mut claims = Claims::empty();
        for name in self.dialect.known_claims().user {
            claims.set(name, format!("({name} of the user)").into());
        }
        let (sub, username) = ("1".into(), "alice".into());
        User { sub, username, password: None, disabled: false, denies_consent: false, claims }.into()
    }

    /// What is said of a user.
    fn userinfo(&self) {
        let Some(route) = Route::find(self.dialect.routes(), Endpoint::UserInfo) else { return };
        let (client, user) = (self.client(), self.user());
        let facts = TokenFacts {
            client_id: Some(client.id.clone()),
            subject: Arc::clone(&user.sub),
            is_user: true,
            scopes: self.dialect.policy().scopes.clone(),
            token_id: None,
        };
        let mut claims = Claims::empty();
        claims.set("exp", self.dialect.policy().access_ttl.after(NOW).into());
        let identity = Identity { facts, client: Some(client), user: Some(user), claims };
        let method = route.methods.first().copied().unwrap_or("GET");
        output::line(&format!(
            "### userinfo\n{method} {} HTTP/1.1\nauthorization: Bearer (access token)\n\n<<<",
            route.path
        ));
        let reply = self.dialect.encode(&Reply::UserInfo(identity), &self.context(Endpoint::UserInfo));
        output::line(&shown(&reply));
    }

    /// Every refusal where it is told: by the row that is nearest to it.
    fn refused(&self, only: Option<&str>) {
        let tables = [
            ("errors", Endpoint::Token, &self.examples.refusals),
            ("resource_errors", Endpoint::UserInfo, &self.examples.resource_refusals),
        ];
        for (table, endpoint, samples) in tables {
            for sample in samples.iter().filter(|sample| only.is_none_or(|code| sample.kind.code() == code)) {
                let context = Context { asked: sample.asked(), ..self.context(endpoint) };
                let response = self.dialect.encode_error(PublicError { kind: &sample.kind }, &context);
                output::line(&format!("### {table}.{}\n{}", sample.key, shown(&response)));
            }
        }
    }
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(Examples::CLIENT.join(":")))
}

/// A request as it goes over the wire.
fn asked(example: &Example, method: &str, path: &str) -> String {
    let query = example.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let mut text = format!("{method} {path}{query} HTTP/1.1\n");
    if example.is_basic {
        let _ = writeln!(text, "authorization: {}", basic());
    }
    if let Some((media, body)) = &example.body {
        let _ = writeln!(text, "content-type: {media}\n\n{body}");
    }
    text
}

fn shown(response: &WireResponse) -> String {
    let mut text = format!("HTTP/1.1 {} {}\n", response.status, respond::reason_phrase(response.status));
    for (name, value) in &response.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    plain_lines(&format!("{text}\n{}\n", String::from_utf8_lossy(&response.body)))
}
