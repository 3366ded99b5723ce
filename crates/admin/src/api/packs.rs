//! The packs that mounts serve: what `idp-gateway pack doc` says of one, and what a mount answers by it.

use super::Call;
use super::preview::{context, raw};
use super::problem::Problem;
use super::routes::Route;
use admin_api::{PackDeparture, PackDoc, PackPair, PackPart, PackProof, PackRefusal, PackView, operations};
use anyhow::Error;
use configuration::files;
use dialect::Context;
use grant::{Endpoint, Refusal};
use pack::refusals::Sample;
use pack::{About, Examples, Head, Pack, shipped};
use pairs::Pair;
use pairs::kept::Kept;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use surface::mounts::Mount;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::LIST_PACKS, async |call, ()| {
            let mounts = call.world.mounts.all().to_vec();
            tokio::task::spawn_blocking(move || list(&mounts)).await.map_err(|_| unread())
        }),
        Route::new(&operations::GET_PACK, async |call, ()| doc(call).await),
    ]
}

fn unread() -> Problem {
    Problem::internal("a pack could not be read")
}

/// The pack of a mount by name, text and, where it is not shipped, file.
fn served(mount: &Mount) -> Option<(&str, &str, Option<&str>)> {
    let text = mount.kind.text()?;
    let name = mount.kind.id.split_once(':').map_or(mount.kind.id, |(_, name)| name);
    Some((name, text, mount.kind.file()))
}

fn list(mounts: &[Arc<Mount>]) -> Vec<PackView> {
    let (mut packs, mut places) = (Vec::<PackView>::new(), HashMap::new());
    for mount in mounts {
        let Some((name, text, file)) = served(mount) else { continue };
        let place = *places.entry((name, file)).or_insert_with(|| {
            packs.push(view(name, text, file));
            packs.len() - 1
        });
        packs[place].mounts.push(mount.name().to_owned());
    }
    packs
}

/// A pack, without the mounts that serve it.
fn view(name: &str, text: &str, file: Option<&str>) -> PackView {
    let Head { vendor, version, base } = Head::of(text);
    PackView { name: name.to_owned(), vendor, version, base, file: file.map(str::to_owned), mounts: Vec::new() }
}

async fn doc(call: &Call) -> Result<PackDoc, Problem> {
    let mount = call.mount()?;
    let Some((name, text, file)) = served(mount) else {
        let detail = format!("mount `{}` serves no pack: {} is code", mount.name(), mount.kind.id);
        return Err(Problem::not_found(detail, "GET /v1/packs lists the mounts that do"));
    };
    let is_same = |other: &&Arc<Mount>| served(other).is_some_and(|(other, _, of)| (other, of) == (name, file));
    let mounts = call.world.mounts.all().iter().filter(is_same).map(|other| other.name().to_owned());
    let pack = PackView { mounts: mounts.collect(), ..view(name, text, file) };
    let (name, text, file) = (name.to_owned(), text.to_owned(), file.map(str::to_owned));
    let read = tokio::task::spawn_blocking(move || {
        let pack = Pack::read(&name, &name, &text).ok();
        let about = pack.as_ref().map(Pack::about).unwrap_or_default();
        let examples = pack.map(|pack| pack.examples());
        let mut problems = Vec::new();
        let pairs = pairs_of(&name, file.as_deref().map(Path::new), &mut problems);
        (about, examples, pairs, problems)
    });
    let (about, examples, pairs, problems) = read.await.map_err(|_| unread())?;
    let refusals = examples.map(|examples| refusals_of(mount, &about, &examples)).unwrap_or_default();
    let part = |(key, mark, source)| PackPart { key, mark, source };
    let departures = about.departures.into_iter();
    Ok(PackDoc {
        pack,
        notes: about.notes,
        sources: about.sources,
        parts: about.marks.into_iter().map(part).collect(),
        departures: departures.map(|one| PackDeparture { key: one.key, value: one.value, base: one.base }).collect(),
        refusals,
        pairs,
        problems,
    })
}

/// What the mount answers to one of every refusal, and of every row that the pack has; what a wrong method is answered follows
/// from the paths.
fn refusals_of(mount: &Mount, about: &About, examples: &Examples) -> Vec<PackRefusal> {
    let dialect = mount.dialect();
    let shown = |sample: &Sample, table: &str, endpoint, silent: &[&str]| {
        let context = Context { asked: sample.asked(), ..context(mount, &*dialect, endpoint) };
        let refusal = Refusal::new(sample.kind.clone(), "");
        let answer = dialect.encode_error(refusal.public(), &context);
        PackRefusal {
            table: table.to_owned(),
            key: sample.key.clone(),
            error: sample.kind.code().to_owned(),
            has_own_words: !silent.contains(&sample.kind.code()),
            status: answer.status,
            answer: raw(&answer),
        }
    };
    let of_token = examples.refusals.iter().filter(|sample| sample.kind.code() != "method_not_allowed");
    let of_token = of_token.map(|sample| shown(sample, "errors", Endpoint::Token, &about.silent));
    let of_resource = examples.resource_refusals.iter();
    let of_resource =
        of_resource.map(|sample| shown(sample, "resource_errors", Endpoint::UserInfo, &about.silent_at_resources));
    of_token.chain(of_resource).collect()
}

/// The pairs of a pack, with what came of those that were tried at the vendor.
fn pairs_of(name: &str, file: Option<&Path>, problems: &mut Vec<String>) -> Vec<PackPair> {
    let mut told = |what: &str, error: Error| problems.push(format!("{what}: {error:#}"));
    let text = match file {
        None => shipped::contract(name).map(|contract| contract.pairs.to_owned()),
        Some(file) => files::read_beside(&file.with_file_name("pairs.http")).unwrap_or_else(|error| {
            told("pairs.http", Error::msg(error));
            None
        }),
    };
    let pairs = text.map_or(Ok(Vec::new()), |text| pairs::parse(&text)).unwrap_or_else(|error| {
        told("pairs.http", error);
        Vec::new()
    });
    let kept = file.map_or(Ok(Kept::default()), |file| Kept::load(file, files::read_beside)).unwrap_or_else(|error| {
        told("proven.toml", error);
        Kept::default()
    });
    let shown = |Pair { id, title, mark, .. }: Pair| {
        let proof = kept.of(&id);
        let proven = proof.map(|line| PackProof {
            date: line.date.clone(),
            outcome: line.outcome.clone(),
            against: line.against.clone(),
        });
        PackPair { id, title, mark, proven }
    };
    pairs.into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beside_a_pack_is_read_anew_and_a_broken_file_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("pack.toml");
        std::fs::write(&pack, "").unwrap();
        let seen = || {
            let mut problems = Vec::new();
            let pairs = pairs_of("acme", Some(&pack), &mut problems);
            (pairs, problems)
        };
        assert_eq!(seen(), (Vec::new(), Vec::new()));
        let pair = "### AC-1 | a login\n# mark: D\nGET / HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n\n### END\n";
        std::fs::write(folder.path().join("pairs.http"), pair).unwrap();
        let line =
            "[[pair]]\nid = \"AC-1\"\ndate = \"2026-11-29\"\noutcome = \"same\"\nagainst = \"https://acme.example\"\n";
        std::fs::write(folder.path().join("proven.toml"), line).unwrap();
        let (pairs, problems) = seen();
        assert_eq!((pairs[0].id.as_str(), pairs[0].mark.as_str()), ("AC-1", "D"));
        assert_eq!(pairs[0].proven.as_ref().map(|proof| proof.outcome.as_str()), Some("same"));
        assert!(problems.is_empty(), "{problems:?}");
        std::fs::write(folder.path().join("pairs.http"), "nothing of the kind").unwrap();
        let (pairs, problems) = seen();
        assert!(pairs.is_empty() && problems[0].starts_with("pairs.http: "), "{problems:?}");
        // Whoever opened a pipe would wait for ever.
        for name in ["pairs.http", "proven.toml"] {
            std::fs::remove_file(folder.path().join(name)).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
        }
        let (_, problems) = seen();
        assert!(problems.len() == 2 && problems.iter().all(|told| told.contains("no plain file")), "{problems:?}");
    }

    #[test]
    fn a_shipped_pack_has_the_pairs_that_it_is_shipped_with() {
        let pairs = pairs_of("toast", None, &mut Vec::new());
        assert!(!pairs.is_empty() && pairs.iter().all(|pair| pair.proven.is_none()), "{pairs:?}");
    }
}
