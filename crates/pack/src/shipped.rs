//! The packs that are shipped: built in, and read as any other.

/// Name and text of each, in the order of their names.
pub const ALL: &[(&str, &str)] = &[];

/// The text of the pack of that name.
pub fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
