//! What a scenario does, step by step, as options in their order.

use crate::cli::{likely, span};
use admin_api::StepSpec;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use grant::{Flaw, KeyFlaw, RefusalKind};
use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The steps, in order.
#[derive(Clone, Debug)]
pub(super) struct Steps(pub(super) Vec<StepSpec>);

/// The options as clap reads them, each as often as it likes.
#[derive(Debug, Args)]
#[command(next_help_heading = "What it does")]
struct Options {
    /// Fail: an error by its name in the journal, such as `unavailable` or `rate_limited`. With a number that many times.
    #[arg(long, value_name = "ERROR[:TIMES]", value_parser = counted_error)]
    fail: Vec<(String, Option<u32>)>,
    /// How long a `rate_limited` or `unavailable` tells the client to wait.
    #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
    retry_after: Vec<u32>,
    /// Wait first, ten minutes at most: alone, or beside another outcome.
    #[arg(long, value_name = "SPAN", value_parser = delay)]
    delay: Vec<u32>,
    /// Answer nothing until the client leaves.
    #[arg(long, num_args = 0, default_missing_value = "true")]
    hang: Vec<bool>,
    /// Close the connection without an answer: when nothing was done yet, or when all was done.
    #[arg(long, value_name = "WHEN", value_parser = PossibleValuesParser::new(["before-commit", "after-commit"]))]
    drop: Vec<String>,
    /// Answer this status, with the content of a file.
    #[arg(long, value_name = "STATUS[:FILE]", value_parser = answer)]
    answer: Vec<admin_api::Answer>,
    /// A header field of `--answer`.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Close the connection after so many bytes of the answer's body.
    #[arg(long, value_name = "BYTES")]
    truncate: Vec<u32>,
    /// Leave out the last byte of the answer's JSON.
    #[arg(long, value_name = "FORM", value_parser = PossibleValuesParser::new(["json"]))]
    malformed: Vec<String>,
    /// What is wrong with the token that is issued or, at jwks, with the keys.
    #[arg(long, value_name = "FLAW", value_parser = PossibleValuesParser::new(flaws()))]
    flaw: Vec<String>,
    /// Which token has the flaw. Left out: the access token.
    #[arg(long, value_name = "TOKEN", value_parser = PossibleValuesParser::new(["access_token", "id_token"]))]
    token: Vec<String>,
    /// Serve the request as without a scenario.
    #[arg(long, num_args = 0, default_missing_value = "true")]
    pass: Vec<bool>,
    /// To how many requests; `all` is for ever. Left out: all, and of one of several steps 1.
    #[arg(long, value_name = "N|all", value_parser = times)]
    times: Vec<Times>,
    /// What follows is the next step: it acts when this one is used up.
    #[arg(long, num_args = 0, default_missing_value = "true")]
    then: Vec<bool>,
}

/// To how many requests.
#[derive(Clone, Copy, Debug)]
struct Times(Option<u32>);

impl FromArgMatches for Steps {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let read = Read { matches, set: Vec::new() };
        let read = read
            .each("fail", |step, (error, times): (String, Option<u32>)| {
                let twice = times.is_some_and(|times| step.times.replace(Some(times)).is_some());
                step.error.replace(error).is_some() || twice
            })
            .each("retry_after", |step, seconds| step.retry_after.replace(seconds).is_some())
            .each("delay", |step, millis| step.delay_ms.replace(millis).is_some())
            .each("hang", |step, hang| step.hang.replace(hang).is_some())
            .each("drop", |step, drop: String| step.drop.replace(drop.replace('-', "_")).is_some())
            .each("answer", |step, answer| step.answer.replace(answer).is_some())
            .each("truncate", |step, bytes| step.truncate.replace(bytes).is_some())
            .each("malformed", |step, form| step.malformed.replace(form).is_some())
            .each("flaw", |step, flaw| step.flaw.replace(flaw).is_some())
            .each("token", |step, token| step.token.replace(token).is_some())
            .each("pass", |step, pass| step.pass.replace(pass).is_some())
            .each("times", |step, times: Times| step.times.replace(times.0).is_some());
        read.steps().map(Self).map_err(|message| Error::raw(ErrorKind::ArgumentConflict, message + "\n"))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Steps {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

/// Sets something of a step; whether it was set before.
type Set = Box<dyn FnOnce(&mut StepSpec) -> bool>;

/// The options with their places on the command line.
struct Read<'a> {
    matches: &'a ArgMatches,
    set: Vec<(usize, &'static str, Set)>,
}

impl Read<'_> {
    fn each<T: Any + Clone + Send + Sync>(mut self, name: &'static str, set: fn(&mut StepSpec, T) -> bool) -> Self {
        let values = self.matches.get_many::<T>(name).into_iter().flatten().cloned();
        let places = self.matches.indices_of(name).into_iter().flatten();
        self.set.extend(
            places
                .zip(values)
                .map(|(place, value)| (place, name, Box::new(move |step: &mut _| set(step, value)) as Set)),
        );
        self
    }

    fn steps(mut self) -> Result<Vec<StepSpec>, String> {
        let ends: Vec<usize> = self.matches.indices_of("then").into_iter().flatten().collect();
        let mut steps = vec![StepSpec::default(); ends.len() + 1];
        self.set.sort_by_key(|(place, ..)| *place);
        for (place, name, set) in self.set {
            let index = ends.iter().filter(|end| **end < place).count();
            if set(&mut steps[index]) {
                let option = name.replace('_', "-");
                return Err(format!(
                    "--{option} stands twice in one step; put --then between what is done one after the other"
                ));
            }
        }
        let headers = self.matches.get_many::<(String, String)>("header").into_iter().flatten().cloned();
        for (place, field) in self.matches.indices_of("header").into_iter().flatten().zip(headers) {
            let index = ends.iter().filter(|end| **end < place).count();
            let answer = steps[index].answer.as_mut().ok_or("--header stands in a step without --answer")?;
            answer.headers.extend([field]);
        }
        Ok(steps)
    }
}

fn flaws() -> impl Iterator<Item = &'static str> {
    Flaw::ALL.map(Flaw::as_str).into_iter().chain(KeyFlaw::ALL.map(KeyFlaw::as_str))
}

fn counted_error(text: &str) -> Result<(String, Option<u32>), String> {
    let (name, times) = text.split_once(':').map_or((text, None), |(name, times)| (name, Some(times)));
    let times = times.map(|times| times.parse().map_err(|_| format!("`{times}` is no number of times")));
    let mut known: Vec<_> = RefusalKind::samples().iter().map(RefusalKind::code).collect();
    known.dedup();
    if known.contains(&name) {
        return Ok((name.to_owned(), times.transpose()?));
    }
    let likely = likely::of(name, known.iter().copied()).map(|name| format!("did you mean `{name}`? "));
    Err(format!("no error is called so; {}there are {}", likely.unwrap_or_default(), known.join(", ")))
}

fn delay(text: &str) -> Result<u32, String> {
    u32::try_from(span::millis(text)?).map_err(|_| format!("`{text}` is too long"))
}

fn times(text: &str) -> Result<Times, String> {
    match text {
        "all" => Ok(Times(None)),
        _ => text.parse().map(|times| Times(Some(times))).map_err(|_| "write a number, or `all`".to_owned()),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as `Name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// An answer, with what a file has; `-` is standard input.
fn answer(text: &str) -> Result<admin_api::Answer, String> {
    let (status, file) = text.split_once(':').map_or((text, None), |(status, file)| (status, Some(file)));
    let status = status.parse().map_err(|_| format!("`{status}` is no status; write it as 502 or 502:page.html"))?;
    let mut answer = admin_api::Answer { status, headers: BTreeMap::new(), body: None, body_base64: None };
    let Some(file) = file else { return Ok(answer) };
    let bytes = if file == "-" { io::read_to_string(io::stdin()).map(String::into_bytes) } else { fs::read(file) };
    let bytes = bytes.map_err(|error| format!("{file} cannot be read: {error}"))?;
    match String::from_utf8(bytes) {
        Ok(text) => answer.body = Some(text),
        Err(error) => answer.body_base64 = Some(BASE64_STANDARD.encode(error.as_bytes())),
    }
    if let Some(media) = media(Path::new(file)) {
        answer.headers.insert("Content-Type".to_owned(), media.to_owned());
    }
    Ok(answer)
}

fn media(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "html" | "htm" => Some("text/html; charset=utf-8"),
        "json" => Some("application/json"),
        "txt" => Some("text/plain; charset=utf-8"),
        "xml" => Some("application/xml"),
        _ => None,
    }
}
