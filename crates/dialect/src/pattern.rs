//! Paths with parts that vary: `/{tenant}/oauth2/v2.0/token`.

/// A vendor's path, some of whose parts vary. At most one part of a segment does: `{realm}` or `v{version}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Box<[Segment]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Part { before: &'static str, name: &'static str, after: &'static str },
}

impl PathPattern {
    /// The longest value of a part, in bytes.
    pub const LONGEST: usize = 256;

    /// Whether a path has parts that vary.
    pub fn is_one(path: &str) -> bool {
        path.contains('{')
    }

    /// The pattern of a path; the error says what is wrong with it.
    pub fn parse(path: &'static str) -> Result<Self, &'static str> {
        let rest = path.strip_prefix('/').ok_or("must begin with `/`")?;
        let segments: Box<[Segment]> = rest.split('/').map(Segment::parse).collect::<Result<_, _>>()?;
        let names: Vec<_> = segments.iter().filter_map(Segment::name).collect();
        if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
            return Err("names a part twice; give each part a name of its own");
        }
        Ok(Self { segments })
    }

    /// The names of its parts, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// Whether `path` is one of its paths.
    pub fn matches(&self, path: &str) -> bool {
        self.read(path, |_, _| ())
    }

    /// The values of its parts in `path`, in order; `None` where that is none of its paths.
    pub fn values<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let mut values = Vec::new();
        self.read(path, |name, value| values.push((name, value))).then_some(values)
    }

    fn read<'p>(&self, path: &'p str, mut part: impl FnMut(&'static str, &'p str)) -> bool {
        let Some(rest) = path.strip_prefix('/') else { return false };
        let mut given = rest.split('/');
        for segment in &self.segments {
            let Some(text) = given.next() else { return false };
            match segment {
                Segment::Literal(literal) if text == *literal => {}
                Segment::Literal(_) => return false,
                Segment::Part { before, name, after } => {
                    let value = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                    match value.filter(|value| is_value(value)) {
                        Some(value) => part(name, value),
                        None => return false,
                    }
                }
            }
        }
        given.next().is_none()
    }
}

impl Segment {
    fn parse(text: &'static str) -> Result<Self, &'static str> {
        let Some((before, rest)) = text.split_once('{') else {
            return if text.contains('}') { Err("has a `}` without its `{`") } else { Ok(Self::Literal(text)) };
        };
        let (name, after) = rest.split_once('}').ok_or("has a `{` without its `}`")?;
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !named {
            return Err("has a part whose name is not of a to z, 0 to 9 and _, as in `{tenant}`");
        }
        if after.contains(['{', '}']) {
            return Err("has two parts in one segment; one may vary");
        }
        Ok(Self::Part { before, name, after })
    }

    const fn name(&self) -> Option<&'static str> {
        match self {
            Self::Literal(_) => None,
            Self::Part { name, .. } => Some(name),
        }
    }
}

/// The characters of a path's segment that mean themselves in URL, header and JSON alike.
fn is_value(text: &str) -> bool {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~@!$*,:".contains(&b);
    (1..=PathPattern::LONGEST).contains(&text.len()) && text.bytes().all(admitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_taken_from_a_path_that_fits() {
        let pattern = PathPattern::parse("/{tenant}/oauth2/v{version}/token").unwrap();
        let values = pattern.values("/contoso.com/oauth2/v2.0/token").unwrap();
        assert_eq!(values, [("tenant", "contoso.com"), ("version", "2.0")]);
        assert_eq!(pattern.names().collect::<Vec<_>>(), ["tenant", "version"]);
        for other in ["/", "/a/oauth2/v/token", "/a/oauth2/v2/token/", "/a/b/oauth2/v2/token", "//oauth2/v2/token"] {
            assert!(!pattern.matches(other), "{other}");
        }
        assert!(!pattern.matches("/a%2Fb/oauth2/v2/token") && !pattern.matches("/a\"/oauth2/v2/token"));
    }

    #[test]
    fn a_path_that_is_no_pattern_is_refused() {
        for bad in ["token", "/{", "/}", "/{}", "/{a}{b}", "/{A}", "/{a}/{a}"] {
            assert!(PathPattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[/{}a-z]{0,12}", path in any::<String>()) {
            if let Ok(pattern) = PathPattern::parse(crate::intern(&pattern)) {
                let _ = pattern.values(&path);
            }
        }
    }
}
