//! `drift`: a contract played at the real vendor and at the mount that stands for it.

mod report;
mod vendor;

use super::client::{Client, Failure, Sent};
use super::contract::{self, Admin, Kept};
use super::exit::{DoesNotHold, Unreached, Usage};
use super::reach::Reach;
use super::upstream::Upstream;
use super::{likely, pack as packs};
use crate::output;
use admin_api::{MountView, NamespaceSpec, NamespaceView, operations};
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use configuration::{files, registry};
use dialect::{DialectKind, SettingsMap};
use pack::shipped;
use pairs::drift::{self, Side, Trial};
use pairs::player::Player;
use pairs::{Contract, Pair};
use report::{Outcome, Report};
use std::path::{Path, PathBuf};
use vendor::{Credentials, Vendor};

/// How long the namespace that the mount is asked in may last, in seconds: it is ended at the end.
const LASTS: u32 = 3600;

/// Why a pair is not tried at a vendor that has answered nothing.
const SILENT: &str = "the vendor does not answer";

/// Play a contract at the real vendor and at a mount, and say where they differ; exit status 1 where something documented does.
///
/// The mount is asked in a namespace of its own with the contract's clients, so that nothing of the gateway is changed. At the
/// vendor nothing is tried that spends what cannot be had again, unless `--only all` asks for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  idp-gateway drift --mount toast --against https://ws-api.toasttab.com \\
      --credentials env:TOAST
  idp-gateway drift --mount acme --pack acme --keep \\
      --against https://api.acme.example --junit drift.xml")]
pub(super) struct Drift {
    #[command(flatten)]
    reach: Reach,
    /// The mount that stands for the vendor.
    #[arg(long, value_name = "NAME")]
    mount: String,
    /// Where the real vendor is.
    #[arg(long, value_name = "URL")]
    against: String,
    /// Credentials for the vendor: `env:ACME` takes `ACME_CLIENT_ID` and `ACME_CLIENT_SECRET` in the place of the contract's first
    /// client, `ACME_OTHER_CLIENT_ID` and `ACME_OTHER_CLIENT_SECRET` in the place of its client `other`. Left out: the contract's own.
    #[arg(long, value_name = "env:PREFIX", value_parser = prefix)]
    credentials: Option<String>,
    /// The folder of the pack whose pairs are played. Left out: those that the dialect, or the shipped pack, comes with.
    #[arg(long, value_name = "PACK")]
    pack: Option<PathBuf>,
    /// What may be tried at the vendor.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "safe")]
    only: Only,
    /// Play this pair alone, by its identifier.
    #[arg(long, value_name = "ID")]
    pair: Option<String>,
    /// How many requests the vendor gets in a second, at most.
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u32).range(1..=100))]
    rate: u32,
    /// Write a report that CI servers read, as `JUnit` writes them, to this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Keep with the pack what was tried (proven.toml), for `pack doc` to show.
    #[arg(long, requires = "pack")]
    keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// What spends nothing that cannot be had again.
    Safe,
    /// What uses refresh tokens, revokes or counts against limits, too.
    All,
}

fn prefix(text: &str) -> Result<String, String> {
    match text.strip_prefix("env:").filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => Ok(prefix.trim_end_matches('_').to_owned()),
        None => Err("write env: and what the names of the variables begin with, as in env:ACME".to_owned()),
    }
}

impl Drift {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let vendor = Upstream::new(&self.against, "--against")?;
        let outside = self.reach.outside().client()?;
        let asked = outside.call(&operations::GET_MOUNT, &[&self.mount], Sent::nothing());
        let view: MountView = asked.map_err(Failure::into_error)?.read()?;
        let (kind, contract) = self.contract(&view)?;
        let credentials = Credentials::read(self.credentials.as_deref(), &contract)?;
        let namespace = Namespace::make(&outside)?;
        let inside = self.reach.client()?.within(Some(namespace.view.name.clone()));
        let url = namespace.url(&self.mount)?;
        let bases = [vec![url.clone(), view.issuer.clone()], vec![vendor.url().to_owned()]];
        let at = Upstream::new(&url, "the gateway's public URL")?;
        let mut ours =
            Player::new(Admin::of_mount(inside, &self.mount, at, &contract.fixtures), &contract, kind.token_call)
                .lenient();
        let real = credentials.put(&contract);
        let mut theirs = Player::new(Vendor::new(vendor, self.rate), &real, kind.token_call).lenient();
        let endpoint = endpoints(&kind)?;
        let mut report = Report::new(&self.mount, &self.against);
        for (pair, own) in contract.pairs.iter().zip(&real.pairs).filter(|(pair, _)| self.is_wanted(pair)) {
            let why = self.why_not(&contract, pair, &endpoint).or_else(|| credentials.missing(&contract, &kind, pair));
            // One that has answered nothing yet is not waited for again.
            let silent = || report.unreached().filter(|_| !report.is_tried()).map(|_| SILENT.to_owned());
            let why = why.or_else(silent);
            let outcome = match why {
                Some(why) => Outcome::NotTried(why),
                None => compare(&mut ours, &mut theirs, (pair, own), &bases, &credentials.own_texts(&contract)),
            };
            report.add(pair, outcome);
        }
        if report.is_empty() {
            bail!("there is no pair to play");
        }
        drop(namespace);
        self.tell(&report)
    }

    fn is_wanted(&self, pair: &Pair) -> bool {
        self.pair.as_ref().is_none_or(|id| *id == pair.id)
    }

    /// Why a pair is not played at the vendor.
    fn why_not(
        &self,
        contract: &Contract,
        pair: &Pair,
        endpoint: &impl Fn(&str) -> Option<&'static str>,
    ) -> Option<String> {
        match drift::trial(contract, pair, endpoint) {
            Trial::Safe => None,
            Trial::Spends(_) if self.only == Only::All => None,
            Trial::Spends(why) => Some(format!("{why}; --only all plays it")),
            Trial::Never(why) => Some(why),
        }
    }

    /// The mount's dialect, and the contract to play.
    fn contract(&self, view: &MountView) -> anyhow::Result<(DialectKind, Contract)> {
        if let Some(pack) = &self.pack {
            return Ok((packs::find(pack)?.kind(), contract::find(pack)?));
        }
        let Some(name) = view.dialect.strip_prefix("pack:") else {
            let kind = registry::find(&view.dialect);
            let kind = kind.with_context(|| format!("this program has no dialect `{}`", view.dialect))?;
            let text = kind.contract.with_context(|| format!("{} comes with no contract", view.dialect))?;
            return Ok((kind, contract::read(text)?));
        };
        let Some(text) = shipped::contract(name) else {
            let message = format!("the pack `{name}` is not a shipped one; name its folder by --pack");
            return Err(Usage(message).into());
        };
        Ok((packs::find(Path::new(name))?.kind(), contract::read(text)?))
    }

    fn tell(&self, report: &Report) -> anyhow::Result<()> {
        if self.reach.json {
            output::line(&report.json().to_string());
        } else {
            output::line(&report.table());
        }
        if let Some(path) = &self.junit {
            std::fs::write(path, report.junit()).with_context(|| format!("cannot write {}", path.display()))?;
        }
        if let Some(pack) = self.pack.as_ref().filter(|_| self.keep) {
            Kept::load(pack, files::read_beside)?.with(report.kept()).write(pack)?;
        }
        if report.is_documented_drift() {
            return Err(DoesNotHold.into());
        }
        if let Some(why) = report.unreached() {
            return Err(Unreached(why.to_owned()).into());
        }
        ensure!(report.is_tried(), "nothing was tried, and so nothing is known");
        Ok(())
    }
}

/// Which endpoint a path is, by its name.
fn endpoints(kind: &DialectKind) -> anyhow::Result<impl Fn(&str) -> Option<&'static str> + use<>> {
    let dialect = kind.build(&SettingsMap::new())?;
    Ok(move |path: &str| {
        let route = dialect.routes().iter().find(|route| route.path == path);
        route.map(|route| route.endpoint.as_str())
    })
}

fn compare(
    ours: &mut Player<'_, Admin>,
    theirs: &mut Player<'_, Vendor>,
    (pair, own): (&Pair, &Pair),
    bases: &[Vec<String>; 2],
    texts: &[String],
) -> Outcome {
    let mount = match ours.answer(pair) {
        Ok(answer) => answer,
        Err(error) => return Outcome::NotTried(format!("the mount cannot play it: {error:#}")),
    };
    let vendor = match theirs.answer(own) {
        Ok(answer) => answer,
        Err(error) if error.is::<Unreached>() => return Outcome::Unreached(format!("{error:#}")),
        Err(error) => return Outcome::NotTried(format!("{error:#}")),
    };
    if vendor.status == 429 && mount.status != 429 {
        return Outcome::NotTried(
            "the vendor limits how often it is asked (429): try a smaller --rate, later".to_owned(),
        );
    }
    let [of_mount, of_vendor] = bases;
    let mount = Side { answer: &mount, bases: of_mount };
    Outcome::of(drift::differences(pair, mount, Side { answer: &vendor, bases: of_vendor }, texts))
}

/// A namespace of the gateway's, to the end of this value.
struct Namespace<'a> {
    client: &'a Client,
    view: NamespaceView,
}

impl<'a> Namespace<'a> {
    fn make(client: &'a Client) -> anyhow::Result<Self> {
        let sent = Sent::json(&NamespaceSpec { name: None, ttl: Some(LASTS) })?;
        let made = client.call(&operations::MAKE_NAMESPACE, &[], sent).map_err(Failure::into_error)?;
        Ok(Self { client, view: made.read()? })
    }

    /// Where a mount is reached in it.
    fn url(&self, mount: &str) -> anyhow::Result<String> {
        let found = self.view.mounts.get(mount).map(|mount| mount.url.clone());
        found.with_context(|| {
            let near = likely::of(mount, self.view.mounts.keys().map(String::as_str));
            format!(
                "the gateway has no mount `{mount}`{}",
                near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
            )
        })
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        // It ends by itself where this does not reach the gateway.
        let _ = self.client.call(&operations::DELETE_NAMESPACE, &[&self.view.name], Sent::nothing());
    }
}
