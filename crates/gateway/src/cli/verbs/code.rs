//! `code`: authorization codes, as if a user had signed in.

use super::Verb;
use crate::cli::client::Sent;
use crate::cli::reach::{Reach, Told};
use admin_api::{CodeReply, CodeRequest, operations};
use clap::{Args, Subcommand};
use configuration::when;

const ISSUE: &str = "\
The code alone is written to standard output, as in CODE=$(idp-gateway code issue …). It is redeemed once.

Examples:
  idp-gateway code issue brighthr-sandbox --client brighthr-sandbox-web \\
      --user alice --redirect-uri https://client.test/cb
  idp-gateway code issue screeningeagle --client screeningeagle-demo \\
      --user test --redirect-uri https://client.test/cb --scope openid";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Issue a code as if the user had signed in and consented now.
    #[command(after_help = ISSUE)]
    Issue(Issue),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Issue {
    /// The mount's name.
    mount: String,
    /// The client that may redeem it.
    #[arg(long, value_name = "ID")]
    client: String,
    /// The user that approves, by sub or username.
    #[arg(long)]
    user: String,
    /// One of the client's redirect URIs; the redemption must repeat it.
    #[arg(long, value_name = "URI")]
    redirect_uri: String,
    /// Scopes, separated by spaces. Left out: all the client's.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// An S256 challenge (RFC 7636); the redemption must then bring its verifier.
    #[arg(long, value_name = "TEXT")]
    code_challenge: Option<String>,
    /// Repeated in the ID token.
    #[arg(long)]
    nonce: Option<String>,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        let Self::Issue(Issue { mount, client, user, redirect_uri, scope, code_challenge, nonce }) = self;
        let request = CodeRequest { client_id: client, user, redirect_uri, scope, code_challenge, nonce };
        reach.tell(&operations::ISSUE_CODE, &[&mount], Sent::json(&request)?, |reply: CodeReply| Told {
            note: Some(format!("It can be redeemed until {}.", when::second(reply.expires_at))),
            out: Some(reply.code),
        })
    }
}
