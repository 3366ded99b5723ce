//! What a parameter, or a part of a path, must be.

use crate::file;
use crate::form::ValueForm;
use crate::source::Faults;
use dialect::intern;
use grant::{Client, GrantType, Refusal, RefusalKind, RequestFault, Value};
use std::borrow::Cow;

/// The rule of one name.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    required: bool,
    one_of: Vec<Box<str>>,
    form: Option<ValueForm>,
    bound: &'static str,
    /// The scope that it is a claim of; empty where it is none.
    pub(crate) scope: &'static str,
    grants: Vec<GrantType>,
    refused_as: Option<RefusalKind>,
}

impl Rule {
    /// The rule that a file has.
    pub(crate) fn of(name: &str, file: &file::Rule, key: &[&str], faults: &mut Faults) -> Self {
        let key = |part: &'static str| key.iter().copied().chain([name, part]).collect::<Vec<_>>();
        let form = file
            .form
            .as_deref()
            .and_then(|form| ValueForm::parse(form).map_err(|why| faults.add(&key("form"), why)).ok());
        let grants = file.grants.iter().filter_map(|grant| {
            let known = GrantType::parse(grant);
            if known.is_none() {
                faults.add(&key("grants"), format!("`{}` is no grant", grant.escape_debug()));
            }
            known
        });
        let grants = grants.collect();
        let refused_as = Some(&file.refused_as).filter(|code| !code.is_empty()).and_then(|code| {
            let kind = RefusalKind::from_code(code);
            if kind.is_none() {
                let known: Vec<_> = RefusalKind::samples().iter().map(RefusalKind::code).collect();
                let message = format!("`{}` is no error; there are {}", code.escape_debug(), known.join(", "));
                faults.add(&key("refused_as"), message);
            }
            kind
        });
        Self {
            name: intern(name),
            required: file.required,
            one_of: file.is.iter().chain(&file.one_of).map(|text| text.as_str().into()).collect(),
            form,
            bound: intern(&file.bound),
            scope: intern(&file.when_scope),
            grants,
            refused_as,
        }
    }

    /// Whether it counts at that grant.
    pub(crate) fn counts_at(&self, grant_type: Option<GrantType>) -> bool {
        self.grants.is_empty() || grant_type.is_some_and(|grant| self.grants.contains(&grant))
    }

    /// The constant that it must be, for an example.
    pub(crate) fn example(&self) -> Option<&str> {
        self.one_of.first().filter(|_| self.required || !self.one_of.is_empty()).map(|text| &**text)
    }

    /// Refuses a value that it does not admit.
    pub(crate) fn check(&self, value: Option<&str>) -> Result<(), Refusal> {
        let Some(value) = value else {
            return if self.required { Err(self.fault(true, "is missing or empty")) } else { Ok(()) };
        };
        if !self.one_of.is_empty() && !self.one_of.iter().any(|known| **known == *value) {
            return Err(self.fault(false, "has a value that the vendor does not know"));
        }
        if self.form.as_ref().is_some_and(|form| !form.admits(value)) {
            return Err(self.fault(false, "has not the vendor's form"));
        }
        Ok(())
    }

    /// Refuses a value that is not the client's own.
    pub(crate) fn check_bound(&self, client: &Client, value: Option<&str>) -> Result<(), Refusal> {
        let (Some(value), false) = (value, self.bound.is_empty()) else { return Ok(()) };
        let own = match client.claims.get(self.bound) {
            Some(Value::Text(text)) => Cow::Borrowed(&**text),
            Some(Value::Int(number)) => Cow::Owned(number.to_string()),
            _ => return Ok(()),
        };
        if own == value {
            return Ok(());
        }
        Err(self.fault(false, "is not that of the client"))
    }

    fn fault(&self, is_missing: bool, why: &str) -> Refusal {
        let name = self.name.into();
        let fault = match (is_missing, self.scope.is_empty()) {
            (true, true) => RequestFault::Missing(name),
            (true, false) => RequestFault::MissingClaim(name),
            (false, true) => RequestFault::Malformed(name),
            (false, false) => RequestFault::InvalidClaim(name),
        };
        let refused_as = self.refused_as.clone().filter(|_| !is_missing);
        let kind = refused_as.unwrap_or(RefusalKind::InvalidRequest(fault));
        Refusal::new(kind, format!("parameter `{}` {why}", self.name))
    }

    /// The claim of the client that it is bound to.
    pub(crate) fn bound(&self) -> Option<&'static str> {
        Some(self.bound).filter(|name| !name.is_empty())
    }
}
