//! What a vendor calls the standard's parameters.

use crate::ordered::Ordered;
use crate::source::Faults;
use dialect::intern;

/// The vendor's name and the standard's.
pub(crate) type Names = Vec<(&'static str, &'static str)>;

/// The names that a file has, of the parameters that an endpoint knows.
pub(crate) fn names(file: &Ordered<String>, known: &[&'static str], key: &[&str], faults: &mut Faults) -> Names {
    let mut names = Names::new();
    for (standard, own) in &file.0 {
        let key: Vec<_> = key.iter().copied().chain([standard.as_str()]).collect();
        let Some(standard) = known.iter().find(|known| *known == standard) else {
            faults.add(
                &key,
                format!("`{}` is no parameter here; there are {}", standard.escape_debug(), known.join(", ")),
            );
            continue;
        };
        let is_name = !own.is_empty() && own.len() <= 64 && own.bytes().all(|b| b.is_ascii_graphic());
        if !is_name || names.iter().any(|(other, _)| other == own) {
            faults.add(&key, "is the vendor's name of that parameter alone, without spaces");
        } else {
            names.push((intern(own), *standard));
        }
    }
    names
}

/// What the vendor calls a parameter of the standard's.
pub(crate) fn own_name(names: &Names, standard: &'static str) -> &'static str {
    names.iter().find(|(_, known)| *known == standard).map_or(standard, |(own, _)| own)
}
