//! The audit: a line for each change and each reading of a secret, which says who, from where, what, from which value to
//! which, and what came of it. Of a secret it says that it was changed.

use super::guard::Caller;
use super::problem::Problem;
use super::{Answer, Call};
use crate::AUDIT;
use crate::entry::Entry;
use admin_api::About;
use dialect::Form;
use serde::Serialize;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use tracing::field::display;

/// What a call changes, as its handler notes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Rc<RefCell<Vec<String>>>);

impl Changes {
    /// Notes what there is afterwards beside what there was before, member by member.
    pub(super) fn note(&self, before: &impl Serialize, after: &impl Serialize) {
        self.compare(&members(before), &members(after), &[]);
    }

    fn compare(&self, before: &Map<String, Value>, after: &Map<String, Value>, secrets: &[&str]) {
        let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
        let changed = names.filter(|name| before.get(*name) != after.get(*name));
        let text = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
        let line = |name: &String| {
            if secrets.contains(&name.as_str()) {
                format!("{name}: changed")
            } else {
                format!("{name}: {} -> {}", text(before.get(name)), text(after.get(name)))
            }
        };
        self.0.borrow_mut().extend(changed.map(line));
    }
}

impl Call {
    /// Notes what became of the client or user of that id, of which there was `before`.
    pub(super) fn note_entry<E: Entry>(&self, id: &str, before: Option<Arc<E>>) -> Result<(), Problem> {
        let after = E::present(&self.mount()?.core.directory, id);
        let of = |entry: Option<Arc<E>>| entry.map(|entry| members(&E::Spec::from(&entry))).unwrap_or_default();
        self.changes.compare(&of(before), &of(after), E::SECRETS);
        Ok(())
    }
}

fn members(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// A call that is to be told of, whatever becomes of it.
pub(super) struct Audited<'a> {
    pub(super) caller: &'a Caller,
    pub(super) about: &'a About,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) changes: Changes,
    /// The status of its answer and, where it is refused, why.
    pub(super) outcome: Option<(u16, Option<String>)>,
}

impl Audited<'_> {
    pub(super) fn end(&mut self, outcome: &Result<Answer, Problem>) {
        self.outcome = Some(match outcome {
            Ok(Answer::Empty) => (204, None),
            Ok(_) => (200, None),
            Err(problem) => (problem.status.as_u16(), Some(problem.detail.to_string())),
        });
    }
}

/// Told at the end, also where that is a panic.
impl Drop for Audited<'_> {
    fn drop(&mut self) {
        if !self.about.is_audited() {
            return;
        }
        let (status, reason) = self.outcome.take().unwrap_or((500, Some("the call broke off".to_owned())));
        let (who, address) = (&*self.caller.name, self.caller.address.map(display));
        let (call, method, path) = (self.about.name, self.about.method, self.path);
        let query = Form::read(self.query.as_bytes()).ok();
        let namespace = query.as_ref().and_then(|query| query.get("namespace"));
        let mut changes = self.changes.0.borrow().join("; ");
        changes.truncate(changes.floor_char_boundary(LONGEST));
        let changes = Some(changes).filter(|changes| !changes.is_empty());
        tracing::info!(target: AUDIT, who, address, call, method, path, namespace, changes, status, reason, "audit");
    }
}

/// The longest text of changes, in bytes.
const LONGEST: usize = 4_000;
