//! What came of playing a contract at the vendor: for people, for scripts, for CI servers.

use crate::cli::contract::Line;
use crate::table;
use pairs::Pair;
use pairs::drift::{Difference, is_documented};
use serde_json::{Value, json};
use std::fmt::Write;
use time::OffsetDateTime;

/// What came of a pair.
#[derive(Debug)]
pub(super) enum Outcome {
    Same,
    Differs(Vec<Difference>),
    /// Why.
    NotTried(String),
    /// The vendor was asked and did not answer: why.
    Unreached(String),
}

impl Outcome {
    pub(super) fn of(differences: Vec<Difference>) -> Self {
        if differences.is_empty() { Self::Same } else { Self::Differs(differences) }
    }

    const fn as_str(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs(_) => "differs",
            Self::NotTried(_) | Self::Unreached(_) => "not tried",
        }
    }
}

/// What came of a contract.
#[derive(Debug)]
pub(super) struct Report {
    mount: String,
    against: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    id: String,
    title: String,
    mark: String,
    outcome: Outcome,
}

impl Row {
    fn differences(&self) -> &[Difference] {
        match &self.outcome {
            Outcome::Differs(differences) => differences,
            _ => &[],
        }
    }

    fn is_documented(&self, difference: &Difference) -> bool {
        is_documented(&self.mark, difference.kind.area())
    }
}

impl Report {
    pub(super) fn new(mount: &str, against: &str) -> Self {
        Self { mount: mount.to_owned(), against: against.to_owned(), rows: Vec::new() }
    }

    pub(super) fn add(&mut self, pair: &Pair, outcome: Outcome) {
        let Pair { id, title, mark, .. } = pair.clone();
        self.rows.push(Row { id, title, mark, outcome });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Why the vendor did not answer, where it did not.
    pub(super) fn unreached(&self) -> Option<&str> {
        self.rows.iter().find_map(|row| if let Outcome::Unreached(why) = &row.outcome { Some(&**why) } else { None })
    }

    /// Whether a pair was tried.
    pub(super) fn is_tried(&self) -> bool {
        self.count("same") + self.count("differs") > 0
    }

    /// Whether something differs that is documented, or was seen.
    pub(super) fn is_documented_drift(&self) -> bool {
        self.rows.iter().any(|row| row.differences().iter().any(|one| row.is_documented(one)))
    }

    fn count(&self, outcome: &str) -> usize {
        self.rows.iter().filter(|row| row.outcome.as_str() == outcome).count()
    }

    /// For people: a line for each pair, and below it where it differs.
    pub(super) fn table(&self) -> String {
        let row = |row: &Row| {
            let known = match &row.outcome {
                Outcome::NotTried(why) | Outcome::Unreached(why) => why.clone(),
                _ => row.title.clone(),
            };
            [row.id.clone(), row.outcome.as_str().to_owned(), known]
        };
        let mut text = table::titled(["PAIR", "OUTCOME", "WHAT"], self.rows.iter().map(row).collect());
        let lines = self.rows.iter().flat_map(|row| {
            row.differences().iter().map(|one| {
                let known = if row.is_documented(one) { "documented" } else { "inferred" };
                let at = if one.at.is_empty() { "-" } else { &one.at };
                [
                    row.id.clone(),
                    one.kind.as_str().to_owned(),
                    at.to_owned(),
                    one.mount.clone(),
                    one.vendor.clone(),
                    known.to_owned(),
                ]
            })
        });
        let lines: Vec<_> = lines.collect();
        if !lines.is_empty() {
            let heading = ["PAIR", "DIFFERS IN", "AT", "MOUNT", "VENDOR", "MARK"];
            let _ = write!(text, "\n\n{}", table::titled(heading, lines));
        }
        let counts = ["same", "differs", "not tried"].map(|outcome| self.count(outcome));
        let _ = write!(text, "\n\n{} the same, {} differ, {} not tried.", counts[0], counts[1], counts[2]);
        text
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let pair = |row: &Row| {
            let difference = |one: &Difference| {
                json!({
                    "kind": one.kind.as_str(), "at": one.at, "mount": one.mount, "vendor": one.vendor,
                    "documented": row.is_documented(one),
                })
            };
            let differences: Vec<_> = row.differences().iter().map(difference).collect();
            let why = match &row.outcome {
                Outcome::NotTried(why) | Outcome::Unreached(why) => Some(why),
                _ => None,
            };
            json!({
                "id": row.id, "title": row.title, "mark": row.mark, "outcome": row.outcome.as_str(), "why": why,
                "differences": differences,
            })
        };
        json!({
            "mount": self.mount, "against": self.against,
            "same": self.count("same"), "differ": self.count("differs"), "not_tried": self.count("not tried"),
            "drift": self.is_documented_drift(),
            "pairs": self.rows.iter().map(pair).collect::<Vec<_>>(),
        })
    }

    /// For CI servers: a failure where something documented differs.
    pub(super) fn junit(&self) -> String {
        let failed = |row: &&Row| row.differences().iter().any(|one| row.is_documented(one));
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(
            text,
            "<testsuite name=\"drift of {} against {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escaped(&self.mount),
            escaped(&self.against),
            self.rows.len(),
            self.rows.iter().filter(failed).count(),
            self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Unreached(_))).count(),
            self.rows.iter().filter(|row| matches!(row.outcome, Outcome::NotTried(_))).count()
        );
        for row in &self.rows {
            let _ = write!(
                text,
                "  <testcase classname=\"{}\" name=\"{} {}\">",
                escaped(&self.mount),
                escaped(&row.id),
                escaped(&row.title)
            );
            let lines: Vec<_> = row.differences().iter().map(line).collect();
            match &row.outcome {
                Outcome::Same => {}
                Outcome::Unreached(why) => {
                    let _ = write!(text, "<error message=\"{}\"/>", escaped(why));
                }
                Outcome::NotTried(why) => {
                    let _ = write!(text, "<skipped message=\"{}\"/>", escaped(why));
                }
                Outcome::Differs(_) if failed(&row) => {
                    let _ = write!(
                        text,
                        "<failure message=\"the vendor answers otherwise\">{}</failure>",
                        escaped(&lines.join("\n"))
                    );
                }
                Outcome::Differs(_) => {
                    let _ = write!(text, "<system-out>{}</system-out>", escaped(&lines.join("\n")));
                }
            }
            text.push_str("</testcase>\n");
        }
        text + "</testsuite>\n"
    }

    /// What is kept of it: the pairs that were tried.
    pub(super) fn kept(&self) -> Vec<Line> {
        let date = OffsetDateTime::now_utc().date().to_string();
        let tried = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Same | Outcome::Differs(_)));
        let line = |row: &Row| Line {
            id: row.id.clone(),
            date: date.clone(),
            outcome: row.outcome.as_str().to_owned(),
            against: self.against.clone(),
        };
        tried.map(line).collect()
    }
}

/// A difference as a sentence.
fn line(one: &Difference) -> String {
    let place = [one.kind.as_str(), &one.at].join(" ");
    format!("{}: the mount has {}, the vendor {}", place.trim_end(), one.mount, one.vendor)
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => "\u{fffd}".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
