//! The nearest of some names.

/// How alike two names must be to be taken for one another.
const NEAR: f64 = 0.6;

/// The one of `names` that is nearest to `name`; none where none is near.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let score = |known: &'n str| (strsim::normalized_levenshtein(&name.to_lowercase(), &known.to_lowercase()), known);
    let near = names.into_iter().map(score).filter(|(score, _)| *score >= NEAR);
    near.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_is_near() {
        let names = ["token", "userinfo", "introspect"];
        assert_eq!(nearest("tokens", names), Some("token"));
        assert_eq!(nearest("UserInfo", names), Some("userinfo"));
        assert_eq!(nearest("secret", names), None);
    }
}
