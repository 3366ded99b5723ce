//! A pack: its text, read and checked, and the dialect that it makes.

use crate::about::About;
use crate::base::Base;
use crate::compiled::{Compiled, Own};
use crate::departures;
use crate::dialect_of::PackDialect;
use crate::errors::Errors;
use crate::examples::Examples;
use crate::file::{self, File};
use crate::settings::{self, Declared};
use crate::source::{Faults, PackError, PackErrors, lay, parse, read};
use dialect::{DialectKind, SettingsError, SettingsMap, SettingsReader, TokenCall};
use std::sync::Arc;
use toml::de::DeTable;

/// A pack that has been read and is right.
#[derive(Clone, Debug)]
pub struct Pack {
    name: Arc<str>,
    text: Arc<str>,
    vendor: &'static str,
    call: TokenCall,
    /// What it is where a mount sets none of its own settings: read once for all mounts of it.
    plain: Arc<Compiled>,
    declared: Arc<Declared>,
}

impl Pack {
    /// Reads a pack; the errors name `file`, line, key and remedy. `name` is what mounts and lists call it.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self, PackErrors> {
        let refuse = |errors| PackErrors { file: file.to_owned(), errors };
        let root = parse(text).map_err(refuse)?;
        let (plain, declared) = variant(text, &root, None).map_err(refuse)?;
        // Each value of each setting must be right by itself.
        for (name, _) in &declared.0 {
            for (value, over) in settings::overlays(&root, name) {
                variant(text, &root, Some((name, value, over))).map_err(refuse)?;
            }
        }
        let (vendor, call) = (plain.vendor, plain.call);
        let (plain, declared) = (Arc::new(plain), Arc::new(declared));
        Ok(Self { name: name.into(), text: text.into(), vendor, call, plain, declared })
    }

    /// What mounts and lists call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose auth surface it is.
    pub const fn vendor(&self) -> &'static str {
        self.vendor
    }

    /// What there is to say of it.
    pub fn about(&self) -> About {
        parse(&self.text).map(|root| about(&self.plain, &root)).unwrap_or_default()
    }

    /// A token request for each grant that there is, and one of every refusal.
    pub fn examples(&self) -> Examples {
        let Ok(root) = parse(&self.text) else { return Examples::default() };
        let mut none = Faults::default();
        let declared = settings::declared(&root, &mut none);
        let mut own = root.clone();
        settings::choose(&mut own, &root, &declared, &SettingsMap::new());
        let mut whole = self.plain.own.base.table().clone();
        lay(&mut whole, &own);
        Examples::of(&read(whole, &[], &mut none), &self.plain.reader)
    }

    /// What is to be thought of again though it is right, each with its remedy.
    pub fn warnings(&self) -> Vec<String> {
        let (tokens, scopes) = (&self.plain.tokens, &self.plain.defaults.scopes);
        let lacking = tokens.refresh_scope().filter(|scope| !scopes.contains(scope));
        let warning = |scope| {
            format!(
                "no refresh token will ever come: each needs the scope `{scope}`, which `defaults.scopes` lacks; write \
                 `refresh_token.with_scope = \"\"`, or `refresh_token.issue = \"never\"` where the vendor has none"
            )
        };
        let is_known = |mark: &str| {
            let mut words = mark.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| ["D", "Dc", "W", "I"].contains(&word))
        };
        let marks = self.about().marks.into_iter().filter(|(_, mark, _)| !is_known(mark));
        let marks = marks.map(|(key, mark, _)| {
            format!("the mark of `{key}`, `{}`, has none of D, Dc, W and I: no list counts it", mark.escape_debug())
        });
        lacking.map(warning).into_iter().chain(marks).collect()
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dialect before it has settings. Its id is `pack:` and the pack's name.
    pub fn kind(&self) -> DialectKind {
        let pack = self.clone();
        let id = format!("pack:{}", self.name);
        DialectKind::of_data(&id, self.vendor, self.call, Arc::clone(&self.text), move |given| {
            Ok(Arc::new(pack.dialect(given)?))
        })
    }

    fn dialect(&self, given: &SettingsMap) -> Result<PackDialect, SettingsError> {
        let mut reader = SettingsReader::new(given);
        settings::declare(&self.declared, &mut reader);
        PackDialect::new(self.under(given)?, reader)
    }

    /// The pack under those settings of its own.
    fn under(&self, given: &SettingsMap) -> Result<Arc<Compiled>, SettingsError> {
        if !self.declared.0.iter().any(|(name, _)| given.contains_key(name)) {
            return Ok(Arc::clone(&self.plain));
        }
        let broken = |message: String| SettingsError { name: "pack".to_owned(), message };
        let told = |errors: Vec<PackError>| broken(errors.into_iter().map(|error| error.message).collect());
        let root = parse(&self.text).map_err(told)?;
        let mut faults = Faults::default();
        let mut own = root.clone();
        settings::choose(&mut own, &root, &self.declared, given);
        let pack = compile(own, &mut faults);
        if faults.is_empty() { Ok(Arc::new(pack)) } else { Err(told(faults.located(&self.text, &root, &[]))) }
    }
}

/// What there is to say of a pack that is right.
fn about(pack: &Compiled, root: &DeTable<'_>) -> About {
    let base = pack.own.base;
    let departures = departures::of(root, base.table());
    let mut none = Faults::default();
    let mut own = root.clone();
    let mut row =
        |key: &str| own.remove(key).and_then(|item| item.into_inner().as_table().cloned()).unwrap_or_default();
    let (errors, resource_errors) = (row("errors"), row("resource_errors"));
    let (errors, resource_errors) = (read(errors, &[], &mut none), read(resource_errors, &[], &mut none));
    let file = read::<File>(own.clone(), &[], &mut none);
    let about = About::of(&own, &file, &errors, &resource_errors);
    About {
        base: base.name(),
        departures,
        silent: pack.errors.without_words(&pack.routes),
        silent_at_resources: pack.resource_errors.without_words(&pack.routes),
        ..about
    }
}

/// The pack under one value of one setting, or under none.
fn variant<'t>(
    text: &str,
    root: &DeTable<'t>,
    over: Option<(&str, &str, &DeTable<'t>)>,
) -> Result<(Compiled, Declared), Vec<PackError>> {
    let mut faults = Faults::default();
    let declared = settings::declared(root, &mut faults);
    let mut own = root.clone();
    let mut key = Vec::new();
    if let Some((name, value, over)) = over {
        lay(&mut own, over);
        key = vec!["settings", name, "when", value];
    } else {
        settings::choose(&mut own, root, &declared, &SettingsMap::new());
    }
    let compiled = compile(own, &mut faults);
    if faults.is_empty() { Ok((compiled, declared)) } else { Err(faults.located(text, root, &key)) }
}

/// What a pack's text says, laid over its base.
fn compile(mut own: DeTable<'_>, faults: &mut Faults) -> Compiled {
    let mut errors = |key: &'static str| -> file::Row {
        let item = own.remove(key).map(toml::Spanned::into_inner);
        let table = match item {
            Some(toml::de::DeValue::Table(table)) => table,
            None => DeTable::new(),
            Some(_) => {
                faults.add(&[key], "must be a table");
                DeTable::new()
            }
        };
        read(table, &[key], faults)
    };
    let (of_token, of_resource) = (errors("errors"), errors("resource_errors"));
    let name = own.get("from").and_then(|item| item.get_ref().as_str()).unwrap_or("oauth2").to_owned();
    let Some(base) = Base::parse(&name) else {
        let known = Base::ALL.map(Base::name).join(" and ");
        faults.add(&["from"], format!("`{}` is no base; there are {known}", name.escape_debug()));
        return unbased(faults);
    };
    let mut whole = without_errors(base);
    lay(&mut whole, &own);
    let file: File = read(whole, &[], faults);
    if !faults.is_empty() {
        return unbased(faults);
    }
    let errors = (Errors::of_token(&of_token, base, faults), Errors::of_resource(&of_resource, base, faults));
    Compiled::of(&file, Own::of(base, &own), errors, faults)
}

/// A base's tables but for the errors, whose rows are kept apart.
fn without_errors(base: Base) -> DeTable<'static> {
    let mut table = base.table().clone();
    table.remove("errors");
    table.remove("resource_errors");
    table
}

/// The base alone: what stands for a pack that is refused.
fn unbased(faults: &mut Faults) -> Compiled {
    let mut none = Faults::default();
    let base = Base::OAuth;
    let file: File = read(without_errors(base), &[], &mut none);
    let row = file::Row::default();
    let errors = (Errors::of_token(&row, base, &mut none), Errors::of_resource(&row, base, &mut none));
    debug_assert!(!faults.is_empty(), "a pack is refused for a reason");
    Compiled::of(&file, Own::of(base, &DeTable::new()), errors, &mut none)
}
