//! What the mark of a pair says of a part of it.

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The status line.
    Status,
    /// A header field.
    Header,
    /// The body.
    Body,
}

impl Area {
    /// The words by which marks speak of it.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Status => &["status"],
            Self::Header => &["header", "content type", "media"],
            Self::Body => &["body", "response", "answer", "key", "order", "type", "claim", "error", "value", "scope"],
        }
    }
}

/// Whether the mark says that this part of the answer is documented (`D`, `Dc`) or was seen (`W`), and not inferred.
///
/// A mark is a list: `body D1, headers I-G`. What no item names is as the first item says.
pub fn is_documented(mark: &str, area: Area) -> bool {
    let plain = without_brackets(mark);
    let items: Vec<&str> = plain.split([',', ';']).collect();
    let known = |item: &&str| area.words().iter().any(|word| item.to_lowercase().contains(word));
    // `status, body D`: what has no letter of its own has the next one.
    let letter_from = |at: usize| items[at..].iter().find_map(|item| letter(item));
    let named = items.iter().position(known);
    named.and_then(letter_from).or_else(|| letter_from(0)).unwrap_or(false)
}

/// Whether an item's letter says that it is documented; `None` where it has no letter.
fn letter(item: &str) -> Option<bool> {
    item.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let rest = word.strip_prefix(['D', 'W']);
        let is_proof = rest.is_some_and(|rest| rest == "c" || rest.bytes().all(|b| b.is_ascii_digit()));
        let is_guess = word == "I" || word.starts_with("I-");
        (is_proof || is_guess).then_some(is_proof)
    })
}

fn without_brackets(mark: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    mark.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_of_each_part_how_it_is_known() {
        let all = [Area::Status, Area::Header, Area::Body];
        for (mark, documented) in [
            ("body D1", [true; 3]),
            ("I-G", [false; 3]),
            ("W", [true; 3]),
            ("request D, response keys and order D (schema; nulls D legacy guide), headers I", [true, false, true]),
            ("body D (a path, as the page prints it), status 200 I (tests of others)", [false, true, true]),
            ("status 401 and ErrorMessage keys, order, types D; the values of code and message I", [true; 3]),
            ("request, body, key order D; content type I", [true, false, true]),
            ("claim D1, error I-G", [true, true, true]),
            ("seen by chance", [false; 3]),
        ] {
            assert_eq!(all.map(|area| is_documented(mark, area)), documented, "{mark}");
        }
    }
}
