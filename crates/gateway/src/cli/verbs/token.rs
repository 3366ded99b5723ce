//! `token`: tokens to order, to look at and to expire.

use super::Verb;
use crate::cli::client::{Failure, Sent};
use crate::cli::exit::Usage;
use crate::cli::members::{self, Member};
use crate::cli::reach::{Reach, Told};
use crate::cli::span;
use crate::table::titled;
use admin_api::{Answered, Inspection, Introspected, TokenOrder, TokenSelection, TokenSet, TokenText, operations};
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use configuration::when;
use grant::Flaw;
use std::io;

const ISSUE: &str = "\
The token alone is written to standard output, as in TOKEN=$(idp-gateway token issue …).

Examples:
  idp-gateway token issue bits --client bits-demo --scope application
  idp-gateway token issue screeningeagle --client screeningeagle-demo \\
      --flaw wrong_audience
  idp-gateway token issue brighthr-sandbox --client brighthr-sandbox-web \\
      --user alice --print id-token
  idp-gateway token issue bits --client bits-readonly --claim tenant=t1 \\
      --claim level:=3 --lifetime -60";
const INSPECT: &str = "\
The status is 0 whatever the token is; --json has `active`. The token is neither logged nor kept.

Examples:
  idp-gateway token inspect eyJhbGciOiJub25lIn0.e30.
  idp-gateway token issue bits --client bits-readonly \\
      | idp-gateway token inspect -";
const EXPIRE: &str = "\
What is out is answered as expired from now on; no clock moves, and what is issued later holds. Validators that look at a \
JWT alone do not see it.

Examples:
  idp-gateway token expire bits --client bits-demo
  idp-gateway token expire brighthr-sandbox --user alice --refresh";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Issue a live token without a secret, with other claims or something wrong with it where that is asked for.
    #[command(after_help = ISSUE)]
    Issue(Issue),
    /// Say what a token is, and everything that is wrong with it.
    #[command(after_help = INSPECT)]
    Inspect {
        /// The token; `-` reads it from standard input.
        token: String,
    },
    /// Expire the tokens that are out.
    #[command(after_help = EXPIRE)]
    Expire(Expire),
}

/// Which of the tokens is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Print {
    #[value(name = "access-token")]
    Access,
    #[value(name = "id-token")]
    Id,
    #[value(name = "refresh-token")]
    Refresh,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Issue {
    /// The mount's name.
    mount: String,
    /// The client that it is issued to.
    #[arg(long, value_name = "ID")]
    client: String,
    /// The user that it speaks for, by sub or username. Left out: the client itself.
    #[arg(long)]
    user: Option<String>,
    /// Scopes, separated by spaces. Left out: all the client's.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// A claim of access and ID token, laid over theirs.
    #[arg(long, value_name = "NAME=TEXT|NAME:=JSON", value_parser = members::claim)]
    claim: Vec<Member>,
    /// How long it lives; negative where it has ended.
    #[arg(long, value_name = "SPAN", value_parser = span::offset, allow_hyphen_values = true)]
    lifetime: Option<i64>,
    /// What is wrong with it.
    #[arg(long, value_parser = PossibleValuesParser::new(Flaw::ALL.map(Flaw::as_str)))]
    flaw: Option<String>,
    /// Which token has the flaw. Left out: the access token.
    #[arg(long, requires = "flaw", value_parser = PossibleValuesParser::new(["access_token", "id_token"]))]
    token: Option<String>,
    /// Which token is written to standard output.
    #[arg(long, value_enum, default_value_t = Print::Access)]
    print: Print,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Expire {
    /// The mount's name.
    mount: String,
    /// Those of this client.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Those that speak for this user, by sub or username.
    #[arg(long)]
    user: Option<String>,
    /// The one of this identifier.
    #[arg(long)]
    jti: Option<String>,
    /// Refresh tokens too.
    #[arg(long)]
    refresh: bool,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::Issue(issue) => issue.run(reach),
            Self::Inspect { token } => {
                let token = if token == "-" { io::read_to_string(io::stdin())? } else { token };
                let sent = Sent::json(&TokenText { token: token.trim().into() })?;
                reach.tell(&operations::INSPECT_TOKEN, &[], sent, |token| Told::out(show(&token)))
            }
            Self::Expire(Expire { mount, client, user, jti, refresh }) => {
                let selection = TokenSelection { client_id: client, user, jti, refresh };
                let told = || Told::note(format!("Expired the tokens of {mount} that are out and are meant."));
                reach.tell(&operations::EXPIRE_TOKENS, &[&mount], Sent::json(&selection)?, |()| told())
            }
        }
    }
}

impl Issue {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        let claims = serde_json::to_string(&members::object(&self.claim)?)?;
        let lifetime = self.lifetime.map(i32::try_from).transpose();
        let order = TokenOrder {
            client_id: self.client,
            user: self.user,
            scope: self.scope,
            claims: serde_json::from_str(&claims).map_err(|error| Usage(format!("--claim: {error}")))?,
            lifetime: lifetime.map_err(|_| Usage("--lifetime is too long".to_owned()))?,
            flaw: self.flaw,
            token: self.token,
        };
        let client = reach.client()?;
        let answer = client.call(&operations::ISSUE_TOKENS, &[&self.mount], Sent::json(&order)?);
        let answer = answer.map_err(Failure::into_error)?;
        if reach.json {
            return reach.show(answer, |_: TokenSet| Told::default());
        }
        let set = answer.read()?;
        let (name, token) = match self.print {
            Print::Access => ("access token", Some(&set.access_token)),
            Print::Id => ("ID token", set.id_token.as_ref()),
            Print::Refresh => ("refresh token", set.refresh_token.as_ref()),
        };
        let token =
            token.with_context(|| format!("such a grant of {} has no {name}; --json shows what it has", self.mount))?;
        let problems = set.explained.problems.join("; ");
        let holds =
            if set.explained.active { "It holds.".to_owned() } else { format!("It does not hold: {problems}.") };
        let note = format!("{}, {} s, scopes {}. {holds}", set.token_type, set.expires_in, set.scope);
        Told { out: Some(token.clone()), note: Some(note) }.say();
        Ok(())
    }
}

/// What a token is.
fn show(token: &Inspection) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let of = |answered: &Option<Answered>| match answered {
        None => "none".to_owned(),
        Some(Answered { status, error, cause }) => {
            let why: Vec<_> = [error, cause].into_iter().flatten().map(String::as_str).collect();
            format!("{status} {}", why.join(": ")).trim_end().to_owned()
        }
    };
    let header = serde_json::to_string(&token.header).unwrap_or_default();
    let mut rows = vec![
        ["kind".to_owned(), token.kind.clone()],
        ["holds".to_owned(), if token.active { "yes" } else { "no" }.to_owned()],
        ["mount".to_owned(), text(&token.mount)],
        ["key".to_owned(), text(&token.key)],
        ["header".to_owned(), header],
        ["userinfo".to_owned(), of(&token.userinfo)],
        ["introspect".to_owned(), token.introspect.as_ref().map_or("none".to_owned(), introspected)],
        ["verify".to_owned(), of(&token.verify)],
    ];
    rows.extend(token.problems.iter().map(|problem| ["problem".to_owned(), problem.clone()]));
    let claims: Vec<_> = token
        .claims
        .iter()
        .map(|claim| {
            let value = claim.value.as_str().map_or_else(|| claim.value.to_string(), str::to_owned);
            let moment = claim.value.as_i64().filter(|_| ["exp", "iat", "nbf", "auth_time"].contains(&&*claim.name));
            let value = moment.map_or(value.clone(), |seconds| format!("{value} ({})", when::second(seconds)));
            [claim.name.clone(), value, claim.meaning.clone()]
        })
        .collect();
    let facts = titled(["TOKEN", ""], rows);
    if claims.is_empty() { facts } else { format!("{facts}\n\n{}", titled(["CLAIM", "VALUE", "MEANING"], claims)) }
}

/// What introspection says, in a line: whether the token is active, and why not.
fn introspected(of: &Introspected) -> String {
    let active = if of.answer["active"] == true { "active" } else { "not active" };
    of.cause.as_ref().map_or(format!("{} {active}", of.status), |cause| format!("{} {active}: {cause}", of.status))
}
