//! `telemetry.level`: which events are logged.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const WANTED: &str = "must be error, warn, info, debug, trace or off, or a filter such as `info,issuer=debug`";
const NO_REST: &str =
    "says no level for all else, which would not be logged; begin with one, as in `info,issuer=debug`";

/// Checks a filter. A word that is no level would be taken for the name of a target, and silence all others: it is
/// refused. The error completes "`text` …".
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    EnvFilter::try_new(text).map_err(|_| WANTED)?;
    let mut names_level = false;
    for directive in directives(text) {
        match directive.rsplit_once('=') {
            None if !directive.is_empty() && directive.parse::<LevelFilter>().is_ok() => names_level = true,
            Some((target, _)) if is_target(target) => {}
            _ => return Err(WANTED),
        }
    }
    if names_level { Ok(()) } else { Err(NO_REST) }
}

/// The parts between commas, apart from those within the braces of a span's fields.
fn directives(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// A module's path, with or without a span in brackets.
fn is_target(text: &str) -> bool {
    let path = text.split('[').next().unwrap_or_default();
    !text.is_empty() && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n40_a_word_that_is_no_level_is_refused_rather_than_taken_for_a_target() {
        for level in ["info", "off", "WARN", "info,issuer=debug", "off,store=trace", "warn,[request{mount=bits}]=debug"]
        {
            assert_eq!(check(level), Ok(()), "{level}");
        }
        for level in
            ["infoo", "", "inf,issuer=debug", "info,issuer", "info;issuer=debug", "info, debgu", "issuer=infoo"]
        {
            assert_eq!(check(level), Err(WANTED), "{level}");
        }
        assert_eq!(check("isuer=debug"), Err(NO_REST));
    }
}
