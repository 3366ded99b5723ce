//! What is wrong with a configuration, and where.

use std::fmt;
use std::sync::Arc;

/// Where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file as a whole, or no place in particular.
    File(Arc<str>),
    /// A line of a file; lines and columns count from 1.
    Line {
        /// The file, as it was named.
        file: Arc<str>,
        /// The line.
        line: usize,
        /// The column in characters, where it is known.
        column: Option<usize>,
    },
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.write_str(file),
            Self::Line { file, line, column: None } => write!(f, "{file}:{line}"),
            Self::Line { file, line, column: Some(column) } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// One thing that is wrong: where, which key, and what to write instead. It never quotes a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub place: Place,
    /// The key in full, such as `mount.client.grants`; empty where no key is to blame.
    pub key: String,
    /// What is wrong and the remedy.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a configuration is refused: every error that could be found in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Finding>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// Collects findings while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    errors: Capped,
    warnings: Capped,
}

impl Findings {
    pub(super) fn error(&mut self, place: Place, key: impl Into<String>, message: impl Into<String>) {
        self.errors.push(place, key.into(), message.into());
    }

    pub(super) fn warn(&mut self, place: Place, key: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(place, key.into(), message.into());
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.kept.is_empty()
    }

    /// The warnings as lines, or the errors where there are any.
    pub(super) fn finish(self) -> Result<Vec<String>, ConfigErrors> {
        if self.has_errors() {
            return Err(ConfigErrors(self.errors.finish()));
        }
        Ok(self.warnings.finish().iter().map(ToString::to_string).collect())
    }
}

/// The first findings of a kind; the rest are counted, for a file of 100,000 clients may repeat one mistake in each.
#[derive(Debug, Default)]
struct Capped {
    kept: Vec<Finding>,
    dropped: usize,
}

impl Capped {
    const MOST: usize = 50;

    fn push(&mut self, place: Place, key: String, message: String) {
        if self.kept.len() < Self::MOST {
            self.kept.push(Finding { place, key, message });
        } else {
            self.dropped += 1;
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        if let (Some(last), true) = (self.kept.last(), self.dropped > 0) {
            let place = last.place.clone();
            self.kept.push(Finding { place, key: String::new(), message: format!("and {} more", self.dropped) });
        }
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_mistake_is_counted_rather_than_repeated() {
        let mut findings = Findings::default();
        for line in 1..=60 {
            findings.error(Place::Line { file: "c.jsonl".into(), line, column: None }, "scopes", "wrong");
        }
        let errors = findings.finish().unwrap_err();
        assert_eq!(errors.0.len(), 51);
        assert!(errors.to_string().starts_with("c.jsonl:1: scopes: wrong\n"));
        assert!(errors.to_string().ends_with("c.jsonl:50: and 10 more"));
    }
}
