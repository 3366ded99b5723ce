//! Long lists in pages.

use super::problem::Problem;
use admin_api::Page;
use dialect::Form;
use std::sync::Arc;

/// How many entries a query asks for at most.
pub(super) fn limit(query: &Form<'_>) -> Result<usize, Problem> {
    let Some(text) = query.get("limit") else { return Ok(Page::<()>::DEFAULT) };
    text.parse().ok().filter(|limit| (1..=Page::<()>::MOST).contains(limit)).ok_or_else(|| {
        Problem::bad_request(
            "`limit` is not a number of entries",
            format!("send a whole number of 1 to {}", Page::<()>::MOST),
        )
    })
}

/// The page of `all` that a query asks for.
pub(super) fn page<T, V>(
    query: &Form<'_>,
    mut all: Vec<Arc<T>>,
    id: fn(&T) -> &str,
    view: impl Fn(&T) -> V,
) -> Result<Page<V>, Problem> {
    let limit = limit(query)?;
    let total = all.len();
    if let Some(after) = query.get("after") {
        all.retain(|entry| id(entry) > after);
    }
    all.sort_unstable_by(|a, b| id(a).cmp(id(b)));
    let next = all.get(limit).and_then(|_| all.get(limit - 1)).map(|last| id(last).to_owned());
    all.truncate(limit);
    Ok(Page { items: all.iter().map(|entry| view(entry)).collect(), total, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Page<String>, Problem> {
        let all = ["c", "a", "b"].map(|id| Arc::new(id.to_owned())).to_vec();
        page(&Form::read(query.as_bytes()).unwrap(), all, |id| id, Clone::clone)
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let whole = read("").unwrap();
        assert_eq!((whole.items.concat(), whole.total, whole.next), ("abc".to_owned(), 3, None));
        let first = read("limit=2").unwrap();
        assert_eq!((first.items.concat(), first.total, first.next), ("ab".to_owned(), 3, Some("b".to_owned())));
        let second = read("limit=2&after=b").unwrap();
        assert_eq!((second.items.concat(), second.total, second.next), ("c".to_owned(), 3, None));
        assert_eq!(read("limit=3").unwrap().next, None, "a full last page is the last");
    }

    #[test]
    fn a_limit_is_a_number_within_bounds() {
        for bad in ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1.5"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
