//! `client` and `user`: what a mount has of them, looked at and changed.

use super::{Verb, state};
use crate::cli::client::{Client, Failure, Sent};
use crate::cli::exit::Usage;
use crate::cli::members::{self, Member};
use crate::cli::reach::{Reach, Told, pages};
use admin_api::{
    ClientSpec, ClientView, Operation, Page, Patch, Problem, Set, SetView, UserSpec, UserView, operations,
};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a large set may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Clients, or users.
trait Kind {
    type Spec;
    type View: DeserializeOwned + Serialize;
    const NOUN: &'static str;
    const LIST: Operation<(), Page<Self::View>>;
    const LOAD: Operation<Set<Self::Spec>, SetView>;
    const GET: Operation<(), Self::View>;
    const PUT: Operation<Self::Spec, Self::View>;
    const PATCH: Operation<Patch<Self::Spec>, Self::View>;
    const DELETE: Operation<(), ()>;

    /// What the admin API calls the one that people call so.
    fn id(client: &Client, mount: &str, name: &str) -> anyhow::Result<String>;
    /// A list for people.
    fn table(all: &[Self::View]) -> Told;
}

/// What can be done with one kind; the examples are that kind's own.
macro_rules! kind {
    ($actions:ident, $kind:ident, $noun:literal, $mount:literal, $id:literal, $set:literal, $patch:literal, $file:literal) => {
        #[derive(Debug, Subcommand)]
        pub(in crate::cli) enum $actions {
            #[doc = concat!("List the ", $noun, "s of a mount.")]
            #[command(after_help = concat!("Examples:\n  idp-gateway ", $noun, " list ", $mount))]
            List {
                /// The mount's name.
                mount: String,
            },
            #[doc = concat!("Show one ", $noun, ", without secrets.")]
            #[command(after_help = concat!("Examples:\n  idp-gateway ", $noun, " get ", $mount, " ", $id))]
            Get(Named),
            #[doc = concat!("Change some members of a ", $noun, "; the others stay.")]
            #[command(after_help = concat!(
                "NAME=TEXT is a text, NAME:=JSON anything; the parts of a list stand between spaces, and null takes a member away.\n\n",
                "Examples:\n  idp-gateway ", $noun, " set ", $mount, " ", $set))]
            Set(Change),
            #[doc = concat!("Change a ", $noun, " by a JSON Merge Patch (RFC 7396).")]
            #[command(after_help = concat!("Examples:\n  idp-gateway ", $noun, " patch ", $mount, " ", $id, " '", $patch, "'"))]
            Patch(Merge),
            #[doc = concat!("Remove a ", $noun, ". Tokens that are out are refused from then on.")]
            #[command(after_help = concat!("Examples:\n  idp-gateway ", $noun, " delete ", $mount, " ", $id))]
            Delete(Named),
            #[doc = concat!("Put all ", $noun, "s of a mount from JSON, JSON Lines or CSV. Nothing is changed where one does not fit.")]
            #[command(after_help = concat!(
                "Examples:\n  idp-gateway ", $noun, " load ", $mount, " ", $file, "\n  idp-gateway ", $noun, " load ", $mount, " ", $file, " --merge"))]
            Load(Load),
        }

        impl Verb for $actions {
            fn run(self, reach: &Reach) -> anyhow::Result<()> {
                match self {
                    Self::List { mount } => reach.list(&$kind::LIST, &[&mount], $kind::table),
                    Self::Get(named) => named.get::<$kind>(reach),
                    Self::Set(change) => change.run::<$kind>(reach),
                    Self::Patch(merge) => merge.run::<$kind>(reach),
                    Self::Delete(named) => named.delete::<$kind>(reach),
                    Self::Load(load) => load.run::<$kind>(reach),
                }
            }
        }
    };
}

kind!(
    Clients,
    OfClients,
    "client",
    "bizzassure",
    "bizzassure-demo",
    "bizzassure-demo \\\n      'scopes=employee.get policy.list'\n  idp-gateway client set bizzassure bizzassure-demo disabled=true \\\n      --claim tenant=t1\n  idp-gateway client set bizzassure mine --new \\\n      secret=my-long-secret \\\n      scopes=employee.get",
    "{\"rate_limit\":\"5/60s\"}",
    "clients.csv"
);
kind!(
    Users,
    OfUsers,
    "user",
    "brighthr-sandbox",
    "alice",
    "alice --claim tenant=t1\n  idp-gateway user set brighthr-sandbox alice disabled=true\n  idp-gateway user set brighthr-sandbox carol --new \\\n      username=carol password=carol-long-password",
    "{\"claims\":{\"locale\":null}}",
    "users.csv"
);

struct OfClients;
struct OfUsers;

impl Kind for OfClients {
    type Spec = ClientSpec;
    type View = ClientView;
    const NOUN: &'static str = "client";
    const LIST: Operation<(), Page<ClientView>> = operations::LIST_CLIENTS.pages();
    const LOAD: Operation<Set<ClientSpec>, SetView> = operations::PUT_CLIENTS;
    const GET: Operation<(), ClientView> = operations::GET_CLIENT;
    const PUT: Operation<ClientSpec, ClientView> = operations::PUT_CLIENT;
    const PATCH: Operation<Patch<ClientSpec>, ClientView> = operations::PATCH_CLIENT;
    const DELETE: Operation<(), ()> = operations::DELETE_CLIENT;

    fn id(_: &Client, _: &str, name: &str) -> anyhow::Result<String> {
        Ok(name.to_owned())
    }

    fn table(all: &[ClientView]) -> Told {
        let row = |one: &ClientView| {
            let kind = if one.public { "public" } else { "confidential" };
            let kind = if one.disabled { format!("{kind}, disabled") } else { kind.to_owned() };
            [one.id.clone(), kind, one.grants.join(" "), one.scopes.join(" ")]
        };
        Told::table(["ID", "KIND", "GRANTS", "SCOPES"], all.iter().map(row).collect(), "The mount has no clients.")
    }
}

impl Kind for OfUsers {
    type Spec = UserSpec;
    type View = UserView;
    const NOUN: &'static str = "user";
    const LIST: Operation<(), Page<UserView>> = operations::LIST_USERS.pages();
    const LOAD: Operation<Set<UserSpec>, SetView> = operations::PUT_USERS;
    const GET: Operation<(), UserView> = operations::GET_USER;
    const PUT: Operation<UserSpec, UserView> = operations::PUT_USER;
    const PATCH: Operation<Patch<UserSpec>, UserView> = operations::PATCH_USER;
    const DELETE: Operation<(), ()> = operations::DELETE_USER;

    /// The `sub` of whoever has that sub or username.
    fn id(client: &Client, mount: &str, name: &str) -> anyhow::Result<String> {
        match client.call(&operations::GET_USER, &[mount, name], Sent::nothing()) {
            Err(Failure::Problem(problem)) if problem.status == 404 => {
                let users = pages(client, &operations::LIST_USERS.pages(), &[mount])?;
                let named = users.iter().find(|user| user.username == name).map(|user| user.sub.clone());
                let known = || users.iter().flat_map(|user| [&*user.username, &*user.sub]);
                named.ok_or_else(|| missing::<Self>(mount, name, known()).into())
            }
            answer => Ok(answer.map_err(Failure::into_error)?.read()?.sub),
        }
    }

    fn table(all: &[UserView]) -> Told {
        let row = |one: &UserView| {
            let facts = [(one.disabled, "disabled"), (one.denies_consent, "denies consent")];
            let facts: Vec<_> = facts.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect();
            let claims: Vec<_> = one.claims.iter().map(|(name, _)| name).collect();
            [one.sub.clone(), one.username.clone(), facts.join(", "), claims.join(" ")]
        };
        Told::table(["SUB", "USERNAME", "STATE", "CLAIMS"], all.iter().map(row).collect(), "The mount has no users.")
    }
}

fn missing<'a, K: Kind>(mount: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let likely = crate::cli::likely::of(name, known).map(|name| format!("did you mean `{name}`? "));
    let noun = K::NOUN;
    Problem::new(
        404,
        "Not Found",
        format!("mount `{mount}` has no {noun} `{name}`"),
        format!("{}`idp-gateway {noun} list {mount}` lists them, --new makes one", likely.unwrap_or_default()),
    )
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Named {
    /// The mount's name.
    mount: String,
    /// The client's id, or the user's sub or username.
    id: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Change {
    #[command(flatten)]
    named: Named,
    /// A member, by its name in the configuration and the admin API.
    #[arg(value_name = "NAME=TEXT|NAME:=JSON", value_parser = members::member)]
    members: Vec<Member>,
    /// A claim; `NAME:=null` takes it away.
    #[arg(long, value_name = "NAME=TEXT|NAME:=JSON", value_parser = members::claim)]
    claim: Vec<Member>,
    /// Make it, or make it anew: what is not given takes its default.
    #[arg(long)]
    new: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Merge {
    #[command(flatten)]
    named: Named,
    /// The patch.
    #[arg(value_name = "JSON")]
    patch: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Load {
    /// The mount's name.
    mount: String,
    /// The file: *.json (an array), *.jsonl or *.csv; `-` is standard input.
    file: PathBuf,
    /// What the file is written in, where its name does not say.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Leave those that the file does not name. Without it they are removed.
    #[arg(long)]
    merge: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Jsonl,
    Csv,
}

impl Format {
    fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jsonl => "application/jsonl",
            Self::Csv => "text/csv",
        }
    }
}

impl Named {
    fn get<K: Kind>(&self, reach: &Reach) -> anyhow::Result<()> {
        let client = reach.client()?;
        let id = K::id(&client, &self.mount, &self.id)?;
        let answer = client.call(&K::GET, &[&self.mount, &id], Sent::nothing()).map_err(Failure::into_error)?;
        reach.show(answer, |view| {
            let Ok(Value::Object(members)) = serde_json::to_value(view) else { return Told::default() };
            Told::table(["MEMBER", "VALUE"], rows("", &members), "")
        })
    }

    fn delete<K: Kind>(&self, reach: &Reach) -> anyhow::Result<()> {
        let client = reach.client()?;
        let id = K::id(&client, &self.mount, &self.id)?;
        let answer = client.call(&K::DELETE, &[&self.mount, &id], Sent::nothing()).map_err(Failure::into_error)?;
        reach.show(answer, |()| Told::note(format!("Removed {} {} of {}.", K::NOUN, self.id, self.mount)))
    }
}

/// Members in lines; a list's parts stand between spaces, and claims are `claims.x`.
fn rows(before: &str, members: &Map<String, Value>) -> Vec<[String; 2]> {
    let row = |(name, value): (&String, &Value)| match value {
        Value::Object(inner) => rows(&format!("{before}{name}."), inner),
        Value::Array(parts) if parts.iter().all(Value::is_string) => {
            let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
            vec![[format!("{before}{name}"), parts.join(" ")]]
        }
        Value::String(text) => vec![[format!("{before}{name}"), text.clone()]],
        value => vec![[format!("{before}{name}"), value.to_string()]],
    };
    members.iter().flat_map(row).collect()
}

impl Change {
    fn run<K: Kind>(self, reach: &Reach) -> anyhow::Result<()> {
        let mut body = members::object(&self.members)?;
        if !self.claim.is_empty() {
            body.insert("claims".to_owned(), members::object(&self.claim)?.into());
        }
        if body.is_empty() && !self.new {
            return Err(
                Usage("nothing is to be changed: give members as NAME=TEXT, or --claim NAME=TEXT".into()).into()
            );
        }
        let Named { mount, id } = &self.named;
        let client = reach.client()?;
        let sent = Sent::json(&body)?;
        let (answer, did) = if self.new {
            (client.call(&K::PUT, &[mount, id], sent), "Made")
        } else {
            (client.call(&K::PATCH, &[mount, &K::id(&client, mount, id)?], sent), "Changed")
        };
        reach.show(answer.map_err(|failure| unknown::<K>(failure, &self.named))?, |_: K::View| {
            Told::note(format!("{did} {} {id} of {mount}.", K::NOUN))
        })
    }
}

impl Merge {
    fn run<K: Kind>(self, reach: &Reach) -> anyhow::Result<()> {
        let Named { mount, id } = &self.named;
        let patch: Map<String, Value> = serde_json::from_str(&self.patch).map_err(|error| {
            Usage(format!("the patch is no JSON object ({error}); write it as '{{\"disabled\":true}}'"))
        })?;
        let client = reach.client()?;
        let answer = client.call(&K::PATCH, &[mount, &K::id(&client, mount, id)?], Sent::json(&patch)?);
        reach.show(answer.map_err(|failure| unknown::<K>(failure, &self.named))?, |_: K::View| {
            Told::note(format!("Changed {} {id} of {mount}.", K::NOUN))
        })
    }
}

/// The error in words of the command line, where it is of one that is not there.
fn unknown<K: Kind>(failure: Failure, named: &Named) -> anyhow::Error {
    match failure {
        Failure::Problem(problem) if problem.status == 404 && !problem.detail.starts_with("there is no mount") => {
            missing::<K>(&named.mount, &named.id, std::iter::empty()).into()
        }
        failure => failure.into_error(),
    }
}

impl Load {
    fn run<K: Kind>(self, reach: &Reach) -> anyhow::Result<()> {
        let format = self.format.or_else(|| Format::of(&self.file));
        let format = format.ok_or_else(|| Usage("say what it is written in by --format json, jsonl or csv".into()))?;
        let sent = Sent {
            query: if self.merge { vec![("merge", "true".to_owned())] } else { Vec::new() },
            body: Some((format.media(), state::read(&self.file)?)),
            patience: Some(PATIENCE),
            header: None,
        };
        reach.tell(&K::LOAD, &[&self.mount], sent, |SetView { put, removed }| {
            Told::note(format!("Put {put} {}s of {}, removed {removed}.", K::NOUN, self.mount))
        })
    }
}
