//! Compares an answer with what a pair expects.

use super::{Captures, JwtExpectation, Pair, Template};

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The reason phrase, where the answer came over HTTP.
    pub reason: Option<&'a str>,
    /// Header fields.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body.
    pub body: &'a [u8],
}

impl Pair {
    /// Everything in which `answer` differs from what the pair expects, and what the placeholders of the body stand
    /// for where the body is as expected. `now` is the gateway's clock.
    pub fn differences(&self, answer: &Answer<'_>, now: i64) -> (Vec<String>, Option<Captures>) {
        let mut found = Vec::new();
        let (status, reason) = (self.response.status, self.response.reason.as_str());
        let actual = answer.reason.unwrap_or(reason);
        if (status, reason) != (answer.status, actual) {
            found.push(format!("status: expected {status} {reason}, got {} {actual}", answer.status));
        }
        for (name, wanted) in &self.response.headers {
            let named = |(key, _): &&(&str, &str)| key.eq_ignore_ascii_case(name);
            let values: Vec<_> = answer.headers.iter().filter(named).map(|(_, value)| *value).collect();
            match values[..] {
                [value] => found.extend(differs(&format!("header {name}"), wanted, value.as_bytes(), now).err()),
                [] => found.push(format!("header {name}: expected `{wanted}`, got none")),
                _ => found.push(format!("header {name}: expected one, got {values:?}")),
            }
        }
        let wanted = &self.response.body;
        let body = differs("body", wanted, answer.body, now).map_err(|difference| {
            // Both look alike on a terminal.
            let shorter = wanted.trim_end_matches('\n');
            let is_longer = shorter.len() < wanted.len() && differs("body", shorter, answer.body, now).is_ok();
            found.push(if is_longer {
                "body: expected a line break at its end that did not come: take the blank line before `###` away"
                    .to_owned()
            } else {
                difference
            });
        });
        (found, body.ok())
    }
}

impl JwtExpectation {
    /// Everything in which a token's decoded parts differ from what is expected, and what the placeholders of those
    /// that do not stand for.
    pub fn differences(&self, header: &[u8], payload: &[u8], now: i64) -> (Vec<String>, Captures) {
        let (mut found, mut captures) = (Vec::new(), Captures::new());
        let mut take = |outcome: Result<Captures, String>| match outcome {
            Ok(more) => captures.extend(more),
            Err(difference) => found.push(difference),
        };
        if let Some(wanted) = &self.header {
            take(differs(&format!("{} header", self.placeholder), wanted, header, now));
        }
        match &self.payload {
            None => {}
            Some(wanted) if !self.subset => {
                take(differs(&format!("{} payload", self.placeholder), wanted, payload, now));
            }
            Some(wanted) => {
                let actual = String::from_utf8_lossy(payload);
                let held = members(&actual);
                for wanted in members(wanted) {
                    let member = |text: &&str| differs("", wanted, text.as_bytes(), now).ok();
                    let found = held.iter().find_map(member);
                    take(found.ok_or_else(|| format!("{} payload: expected {wanted} in {actual}", self.placeholder)));
                }
            }
        }
        (found, captures)
    }
}

/// The members of a compact JSON object, as text.
fn members(object: &str) -> Vec<&str> {
    let inside = object.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let (mut members, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_u32, false, false);
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                members.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inside.is_empty() {
        members.push(&inside[start..]);
    }
    members
}

/// The captures, or a sentence that shows where text and template part.
fn differs(what: &str, template: &str, actual: &[u8], now: i64) -> Result<Captures, String> {
    let parsed = Template::parse(template, now).map_err(|error| format!("{what}: {error:#}"))?;
    parsed.matches(actual).map_err(|mismatch| {
        let shown = String::from_utf8_lossy(actual);
        let rest = String::from_utf8_lossy(&actual[mismatch.at..]);
        let near: String = rest.chars().take(40).collect();
        format!(
            "{what}: differs at byte {} (`{near}`)\n      expected: {template}\n      got:      {shown}",
            mismatch.at
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(jwt_line: &str, response: &str) -> Pair {
        let file = format!("### A | a\n# mark: D0\n{jwt_line}GET / HTTP/1.1\nHost: h\n\n\n<<<\n{response}\n### END\n");
        crate::parse(&file).unwrap().remove(0)
    }

    fn answer<'a>(headers: &[(&'a str, &'a str)], body: &'a str) -> Answer<'a> {
        Answer { status: 200, reason: Some("OK"), headers: headers.to_vec(), body: body.as_bytes() }
    }

    #[test]
    fn status_headers_and_body_are_compared() {
        let pair = pair("", "HTTP/1.1 200 OK\nContent-Type: a/b\n\n{\"n\":{{int}}}");
        let good = answer(&[("content-type", "a/b"), ("X", "y")], "{\"n\":1}");
        assert_eq!(pair.differences(&good, 5), (vec![], Some(vec![("int".to_owned(), "1".to_owned())])));
        assert!(pair.differences(&Answer { reason: None, ..good.clone() }, 5).0.is_empty());
        for wrong in [
            answer(&[], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b;c")], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b"), ("content-type", "a/b")], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b")], "{\"n\": 1}"),
            Answer { status: 201, ..good.clone() },
            Answer { status: 201, reason: None, ..good.clone() },
            Answer { reason: Some("Okay"), ..good },
        ] {
            assert_eq!(pair.differences(&wrong, 5).0.len(), 1, "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_body_must_be_empty() {
        let pair = pair("", "HTTP/1.1 200 OK\n\n");
        assert!(pair.differences(&answer(&[], ""), 5).0.is_empty());
        let (found, captures) = pair.differences(&answer(&[], " "), 5);
        assert_eq!((found.len(), captures), (1, None));
    }

    #[test]
    fn a_blank_line_before_the_next_pair_is_told_as_what_it_is() {
        let file = "### A | a\n# mark: D0\nGET / HTTP/1.1\nHost: h\n\n\n<<<\nHTTP/1.1 200 OK\n\n{\"n\":1}\n\n### END\n";
        let pair = crate::parse(file).unwrap().remove(0);
        let (found, _) = pair.differences(&answer(&[], "{\"n\":1}"), 5);
        assert!(found.len() == 1 && found[0].contains("take the blank line before `###` away"), "{found:?}");
        let (found, _) = pair.differences(&answer(&[], "{\"n\":2}"), 5);
        assert!(found.len() == 1 && found[0].contains("differs at byte"), "{found:?}");
    }

    #[test]
    fn claims_are_compared_in_their_order() {
        let pair = pair(
            "# jwt: header={\"alg\":\"HS256\"} payload={\"iat\":{{now}},\"a\":[1,\"x\"]}\n",
            "HTTP/1.1 200 OK\n\n",
        );
        let compare =
            |header: &str, payload: &str| pair.jwts[0].differences(header.as_bytes(), payload.as_bytes(), 5).0.len();
        let (header, payload) = (r#"{"alg":"HS256"}"#, r#"{"iat":5,"a":[1,"x"]}"#);
        assert_eq!(compare(header, payload), 0);
        assert_eq!(compare(header, r#"{"a":[1,"x"],"iat":5}"#), 1);
        assert_eq!(compare(r#"{"alg":"none"}"#, r#"{"iat":6,"a":[1,"x"]}"#), 2);
    }

    #[test]
    fn a_subset_names_some_of_the_members() {
        let pair = pair("# jwt: payload~={\"b\":{{now+1}},\"c\":{\"d\":\",\"}}\n", "HTTP/1.1 200 OK\n\n");
        let compare = |payload: &str| pair.jwts[0].differences(b"", payload.as_bytes(), 5).0.len();
        assert_eq!(compare(r#"{"a":1,"c":{"d":","},"b":6}"#), 0);
        assert_eq!(compare(r#"{"a":1,"c":{"d":";"},"b":7}"#), 2);
    }
}
