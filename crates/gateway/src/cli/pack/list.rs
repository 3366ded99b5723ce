//! `pack list`.

use crate::{output, table};
use clap::Args;
use dialect::{Route, SettingsMap};
use grant::Endpoint;
use pack::{Pack, shipped};

#[derive(Debug, Args)]
pub(super) struct List {
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        for (name, text) in shipped::ALL {
            let pack = Pack::read(name, name, text)?;
            let about = pack.about();
            let dialect = pack.kind().build(&SettingsMap::new())?;
            let token = Route::find(dialect.routes(), Endpoint::Token).map_or("", |route| route.path);
            rows.push([(*name).to_owned(), about.vendor, about.version, token.to_owned()]);
        }
        if self.json {
            let object = |[name, vendor, version, path]: &[String; 4]| serde_json::json!({"name": name, "vendor": vendor, "version": version, "token": path});
            let objects: Vec<_> = rows.iter().map(object).collect();
            output::line(&serde_json::to_string(&objects)?);
        } else {
            rows.insert(0, ["name", "vendor", "version", "token endpoint"].map(str::to_owned));
            output::line(&table::columns(&rows));
            output::line("\nServe one: idp-gateway sandbox --mount toast. All: idp-gateway sandbox --packs.");
        }
        Ok(())
    }
}
