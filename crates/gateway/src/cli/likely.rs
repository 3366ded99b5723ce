//! What was meant, most likely, where a name is not known.

use admin_api::Problem;

/// How alike two names must be, as clap asks of its own.
const ALIKE: f64 = 0.7;

/// The name that is most like one of those there are.
pub(super) fn of<'a>(name: &str, there: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = there.into_iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let best = alike.filter(|(alike, _)| *alike > ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

/// The problem with the likely name, where it quotes one that is not known and lists those that are.
pub(super) fn added(mut problem: Problem) -> Problem {
    let unknown = problem.detail.rsplit('`').nth(1);
    let there = problem.remedy.split_once("there are ").map(|(_, names)| names.split([',', ' ', ';', '`']));
    let there = there.into_iter().flatten().filter(|name| !name.is_empty() && *name != "and");
    if problem.remedy.starts_with("did you mean") {
        return problem;
    }
    if let Some(name) = unknown.and_then(|unknown| of(unknown, there)) {
        problem.remedy = format!("did you mean `{name}`? {}", problem.remedy);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_those_there_are_is_told_where_it_is_like_the_one_that_is_not_known() {
        let told = |detail: &str, remedy: &str| added(Problem::new(404, "t", detail, remedy)).remedy;
        let there = "there are bizzassure, bits, brighthr";
        assert_eq!(told("there is no mount `bit`", there), format!("did you mean `bits`? {there}"));
        assert_eq!(told("there is no mount `xyz`", there), there);
        assert_eq!(told("a name is wrong", there), there);
        assert_eq!(told("`bit` is wrong", "did you mean bits? there are bits"), "did you mean bits? there are bits");
        assert_eq!(told("`x` is wrong", "write another"), "write another");
    }
}
