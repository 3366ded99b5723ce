//! `scenario`: what goes wrong on purpose.

mod steps;

use super::Verb;
use crate::cli::client::Sent;
use crate::cli::reach::{Reach, Told};
use crate::cli::span;
use admin_api::{Scenario, ScenarioSpec, StepSpec, operations};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use grant::{Endpoint, GrantType};
use serde_json::{Map, Value};
use steps::Steps;

/// The pages at which a scenario can act, beside the endpoints.
const PAGES: [&str; 5] = ["login", "consent", "account", "logout", "device"];

const ADD: &str = "\
An outcome that stands alone acts on every request that matches. Several act one after the other, with --then between \
them, each on one request or on as many as --times says. A span is 250ms, 3s, 10m, 1h30m; a number alone is seconds.

Examples:
  idp-gateway scenario add bits token --client bits-demo --after 4 \\
      --fail rate_limited --retry-after 2
  idp-gateway scenario add bits token --fail unavailable:2
  idp-gateway scenario add brighthr-sandbox token --grant refresh_token \\
      --drop after-commit
  idp-gateway scenario add bits token --delay 3s --then --hang
  idp-gateway scenario add bits token --malformed json
  idp-gateway scenario add bits token --truncate 120 --probability 0.2 \\
      --seed 7 --ttl 10m
  idp-gateway scenario add bits token --answer 502:page.html \\
      --header 'Retry-After: 5' --times 1
  idp-gateway scenario add screeningeagle token --flaw wrong_audience \\
      --token id_token
  idp-gateway scenario add brighthr-sandbox jwks --flaw missing_key --times 3";
const LIST: &str = "Examples:\n  idp-gateway scenario list\n  idp-gateway scenario list --json";
const SHOW: &str = "Examples:\n  idp-gateway scenario show 1";
const REMOVE: &str = "Examples:\n  idp-gateway scenario remove 1";
const CLEAR: &str = "Examples:\n  idp-gateway scenario clear";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Make the requests that match fail, wait or go wrong. The oldest scenario that matches acts.
    #[command(after_help = ADD)]
    Add(Box<Add>),
    /// List the scenarios in force, oldest first.
    #[command(after_help = LIST)]
    List,
    /// Show one scenario: what it does, how often it has matched, and on which requests it acted.
    #[command(after_help = SHOW)]
    Show(Named),
    /// Remove one scenario.
    #[command(after_help = REMOVE)]
    Remove(Named),
    /// Remove all scenarios.
    #[command(after_help = CLEAR)]
    Clear,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Named {
    /// The scenario's id, which `scenario list` shows.
    id: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    /// The mount's name. Left out: all mounts.
    mount: Option<String>,
    /// The endpoint, or the page. Left out: all.
    #[arg(value_parser = PossibleValuesParser::new(Endpoint::ALL.map(Endpoint::as_str).into_iter().chain(PAGES)))]
    endpoint: Option<String>,
    /// The client's id.
    #[arg(long, value_name = "ID", help_heading = "Which requests")]
    client: Option<String>,
    /// The user that the request speaks for, by sub or username.
    #[arg(long, help_heading = "Which requests")]
    user: Option<String>,
    /// The grant type.
    #[arg(long, help_heading = "Which requests")]
    #[arg(value_parser = PossibleValuesParser::new(GrantType::ALL.map(GrantType::as_str)))]
    grant: Option<String>,
    /// How many requests that match pass first.
    #[arg(long, value_name = "N", help_heading = "Which requests")]
    after: Option<u32>,
    /// On which part of the others it acts, 0 to 1.
    #[arg(long, value_name = "PART", help_heading = "Which requests")]
    probability: Option<f64>,
    /// What the picks of --probability follow from: the same seed picks the same requests, by their number.
    #[arg(long, requires = "probability", help_heading = "Which requests")]
    seed: Option<u32>,
    /// After what time it ends by itself.
    #[arg(long, value_name = "SPAN", value_parser = span::seconds, help_heading = "Which requests")]
    ttl: Option<u32>,
    #[command(flatten)]
    steps: Steps,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => {
                let sent = Sent::json(&(*add).spec())?;
                reach.tell(&operations::ADD_SCENARIO, &[], sent, |made: Scenario| Told {
                    out: Some(made.id.clone()),
                    note: Some(format!("{}: {}", whom(&made.spec), does(&made))),
                })
            }
            Self::List => reach.tell(&operations::LIST_SCENARIOS, &[], Sent::nothing(), |all| table(&all)),
            Self::Show(Named { id }) => {
                reach.tell(&operations::GET_SCENARIO, &[&id], Sent::nothing(), |one| show(&one))
            }
            Self::Remove(Named { id }) => reach
                .tell(&operations::DELETE_SCENARIO, &[&id], Sent::nothing(), |()| Told::note(format!("Removed {id}."))),
            Self::Clear => reach
                .tell(&operations::DELETE_SCENARIOS, &[], Sent::nothing(), |()| Told::note("Removed all scenarios.")),
        }
    }
}

impl Add {
    fn spec(self) -> ScenarioSpec {
        let spec = ScenarioSpec {
            mount: self.mount,
            endpoint: self.endpoint,
            client_id: self.client,
            user: self.user,
            grant: self.grant,
            after: self.after,
            probability: self.probability,
            seed: self.seed,
            ttl: self.ttl,
            ..ScenarioSpec::default()
        };
        let steps = self.steps.0;
        match <[StepSpec; 1]>::try_from(steps) {
            Ok([one]) => of_one(spec, one),
            Err(steps) => ScenarioSpec { steps: Some(steps), ..spec },
        }
    }
}

/// A scenario of one outcome.
fn of_one(spec: ScenarioSpec, step: StepSpec) -> ScenarioSpec {
    ScenarioSpec {
        times: step.times.flatten(),
        delay_ms: step.delay_ms,
        error: step.error,
        retry_after: step.retry_after,
        hang: step.hang,
        drop: step.drop,
        answer: step.answer,
        truncate: step.truncate,
        malformed: step.malformed,
        flaw: step.flaw,
        token: step.token,
        pass: step.pass,
        ..spec
    }
}

fn table(all: &[Scenario]) -> Told {
    let row = |one: &Scenario| {
        let remaining = one.remaining.map_or_else(|| "all".to_owned(), |remaining| remaining.to_string());
        [one.id.clone(), whom(&one.spec), does(one), one.seen.to_string(), remaining]
    };
    let rows = all.iter().map(row).collect();
    Told::table(["ID", "REQUESTS", "DOES", "MATCHED", "LEFT"], rows, "There are no scenarios.")
}

fn show(one: &Scenario) -> Told {
    let mut rows = vec![
        ["requests".to_owned(), whom(&one.spec)],
        ["does".to_owned(), does(one)],
        ["matched".to_owned(), one.seen.to_string()],
        ["left".to_owned(), one.remaining.map_or_else(|| "all".to_owned(), |remaining| remaining.to_string())],
    ];
    if let Some(step) = one.step {
        rows.push(["next step".to_owned(), step.to_string()]);
    }
    let fired: Vec<_> = one.fired.iter().map(ToString::to_string).collect();
    rows.push(["acted on".to_owned(), if fired.is_empty() { "none".to_owned() } else { fired.join(", ") }]);
    Told::table(["SCENARIO", &one.id], rows, "")
}

/// Which requests it is about, in words.
fn whom(spec: &ScenarioSpec) -> String {
    let text = |value: &Option<String>| value.clone();
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let named = [
        ("", text(&spec.mount)),
        ("", text(&spec.endpoint)),
        ("client ", text(&spec.client_id)),
        ("user ", text(&spec.user)),
        ("grant ", text(&spec.grant)),
        ("after ", number(spec.after)),
        ("part ", spec.probability.map(|part| part.to_string())),
    ];
    let parts: Vec<_> = named.into_iter().filter_map(|(word, value)| Some(format!("{word}{}", value?))).collect();
    if parts.is_empty() { "all requests".to_owned() } else { parts.join(" ") }
}

/// What it does, in words: its outcomes as the API names them.
fn does(one: &Scenario) -> String {
    let steps = one.spec.steps();
    let alone = one.spec.steps.is_none();
    steps.iter().map(|step| outcome(step, alone)).collect::<Vec<_>>().join(", then ")
}

fn outcome(step: &StepSpec, alone: bool) -> String {
    let Ok(Value::Object(members)) = serde_json::to_value(step) else { return String::new() };
    let told = |(name, value): (&String, &Value)| match (&**name, value) {
        ("times", _) => None,
        ("error", Value::String(error)) => Some(error.clone()),
        ("delay_ms", millis) => Some(format!("wait {millis} ms")),
        ("answer", answer) => Some(format!("answer {}", answer["status"])),
        ("hang" | "pass", _) => Some(name.clone()),
        (_, Value::String(text)) => Some(format!("{name} {text}")),
        (_, value) => Some(format!("{name} {value}")),
    };
    let what: Vec<_> = Map::iter(&members).filter_map(told).collect();
    let times = match step.times {
        Some(Some(times)) => format!(" ×{times}"),
        Some(None) if !alone => " for ever".to_owned(),
        _ => String::new(),
    };
    format!("{}{times}", what.join(" "))
}
