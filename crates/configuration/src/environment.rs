//! The process's environment, read here and nowhere else.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

/// Environment variables as they stood when the configuration was read. Debug shows names alone.
#[derive(Clone, Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// The process's own.
    pub fn process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The same with this variable, whatever it was.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Whether a variable of that name is set.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// The variable of that name as text; `None` where it is not set, or empty. What is not Unicode in it is replaced.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.0.get(OsStr::new(name)).filter(|value| !value.is_empty())?;
        Some(value.to_string_lossy().into_owned())
    }

    /// The variable of that name: `None` where it is not set, an error where it is not Unicode.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, NotUnicode> {
        self.0.get(OsStr::new(name)).map(|value| value.to_str().ok_or(NotUnicode)).transpose()
    }

    /// Where the service manager listens, where there is one that wants to be told (`sd_notify(3)`).
    pub fn service_manager(&self) -> Option<String> {
        self.get("NOTIFY_SOCKET").ok().flatten().filter(|socket| !socket.is_empty()).map(str::to_owned)
    }

    /// The variables whose names begin with `prefix` in any case; those that are not Unicode come with no value.
    pub(super) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().filter_map(move |(name, value)| {
            let name = name.to_str()?;
            let begins = name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
            begins.then(|| (name, value.to_str()))
        })
    }
}

/// A variable that is set to something that is not Unicode.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotUnicode;

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
