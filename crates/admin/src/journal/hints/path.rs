//! Paths at which there is nothing.

use super::Case;
use surface::worlds::NO_NAMESPACE;

/// A namespace that is not there.
pub(super) fn namespace(case: &Case<'_>) -> Option<String> {
    (case.entry.cause.as_deref() == Some(NO_NAMESPACE)).then(|| {
        "the namespace has ended, or was never made: `GET /v1/namespaces` lists those that there are, and `POST` makes one, with a \
         longer `ttl` where it must last"
            .to_owned()
    })
}

/// Of a path at which there is nothing, what names the namespace, and what is below that.
fn nowhere<'a>(case: &'a Case<'_>) -> Option<(String, &'a str)> {
    let path = (case.entry.error == Some("not_found")).then_some(&*case.entry.path)?;
    let base = case.entry.namespace.as_ref().map(|name| format!("/~{name}"));
    let below = base.and_then(|base| path.strip_prefix(&*base).map(|rest| (base.clone(), rest)));
    Some(below.unwrap_or((String::new(), path)))
}

/// A base with a slash at its end, and a path that begins with one.
pub(super) fn doubled(case: &Case<'_>) -> Option<String> {
    let (base, path) = nowhere(case)?;
    let single = path.contains("//").then(|| path.replace("//", "/"))?;
    let there = case.world.mounts.find(None, &single).is_some_and(|found| found.way.is_some());
    let words = "the path has two slashes in a row: write issuer and base URL without a slash at the end";
    there.then(|| format!("{words}; there is {base}{single}"))
}

/// A path that is nearly one at which there is something.
pub(super) fn nearest(case: &Case<'_>) -> Option<String> {
    let (base, path) = nowhere(case)?;
    // The hint is made when the journal is read, and the configuration may be another by then.
    if case.world.mounts.find(None, path).is_some_and(|found| found.way.is_some()) {
        return Some(
            "that path leads somewhere by now: it did not when the request came, as before a reload, or not at the Host that was asked"
                .to_owned(),
        );
    }
    case.world.mounts.nearest(path).map(|path| format!("did you mean {base}{path}?"))
}
